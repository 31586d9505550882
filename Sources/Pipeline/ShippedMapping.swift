/// The mapping file that ships, kept in the program, so that it works in any folder.
enum ShippedMapping {
    /// The name that faults show.
    static let name = "segment.yaml"

    /// `mappings/segment.yaml`, byte for byte, as a test compares.
    static let text = """
        # Segment messages (identify, track, page, screen) as profile updates, by the mapping that is built in.
        # Every message is taken; those that concern nobody (group, alias, no userId) are filtered and counted.
        version: 1

        # Options of the built-in mapping. Each may be left out; these are the values that hold then.
        defaults:
          # How names of attributes and events are made from Segment's.
          #   snake_case: favoriteColor becomes favorite_color, accents are removed
          #   keep: names must fit already (a-z, 0-9 and _); others are left out and reported
          #   segment: as Segment's own destination does it, lower case with all other characters removed
          names: snake_case
          # Names of more than 30 characters: refuse leaves them out, shorten cuts them and adds four characters that keep them apart.
          long_names: refuse
          # Objects in traits: flatten makes address.city address_city (three levels), refuse leaves them out.
          objects: flatten
          # Texts that become dates: detect takes date-times with a zone, detect_days also YYYY-MM-DD, off none.
          dates: detect
          # Texts that become URLs: detect takes http, https and ftp, off none.
          urls: detect
          # Texts of more than 300 characters: refuse leaves them out, cut keeps the first 300.
          long_text: refuse
          # An empty list in traits: leave changes nothing at Batch, delete removes the attribute there.
          empty_lists: leave
          # The calling code for phone numbers with one leading 0, such as "33" (in quotes); null guesses nothing.
          phone_calling_code: null

        mappings:
          - name: segment
            trigger: true
            action: update_profile
            mapping: default

        """
}
