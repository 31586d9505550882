#!/usr/bin/env bash
# Builds the fuzzer into a folder, module by module, since the package manager knows no fuzzers.
set -euo pipefail
cd "$(dirname "$0")/../../.."
out=$1
mkdir -p "$out"
flags=(-O -wmo -swift-version 6 -parse-as-library -sanitize=fuzzer,address -I "$out" -I Sources/CYAML
    -enable-upcoming-feature ExistentialAny -enable-upcoming-feature InternalImportsByDefault
    -enable-upcoming-feature MemberImportVisibility)
objects=()
for module in JSONDocument Spelling YAMLDocument MappingLanguage; do
    swiftc "${flags[@]}" -module-name "$module" -emit-module -emit-module-path "$out/$module.swiftmodule" \
        -c -o "$out/$module.o" Sources/"$module"/*.swift
    objects+=("$out/$module.o")
done
swiftc "${flags[@]}" -module-name MappingFuzzer -o "$out/MappingFuzzer" "${objects[@]}" -lyaml \
    Tests/MappingLanguageTests/MappingFuzzTarget.swift Tests/MappingLanguageTests/Fuzzing/MappingFuzzer.swift
