"""Prints the tables of docs/themes.md: `make evaluate-themes`, some minutes."""

from bench.themes import aspect_quality, chance, quality, speed

TABLES = {
    "Quality of methods": quality.table,
    "Reported changes of texts that were divided at random": chance.table,
    "Aspects of labelled sentences": aspect_quality.table,
    "A response for the last day": speed.table,
}


def main() -> None:
    for title, table in TABLES.items():
        print(f"\n{title}\n", flush=True)
        for line in table():
            print(line)


main()
