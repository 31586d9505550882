print("batchrelay")
