"""Feed a target with what a fuzzer thinks of, for some minutes: no part of `make test`.

    python -m venv /tmp/fuzz && /tmp/fuzz/bin/pip install atheris icalendar
    nice /tmp/fuzz/bin/python -m tests.fuzz --target read_report --minutes 20

Atheris needs Linux and a Python that it is built for. What fails, takes longer than five seconds or
more than 300 MB is written to `tests/fuzz/found/` under the target's name; mended, it stays there,
and `test_found.py` runs it for ever. A target that needs more than Python's own library needs it there too.
"""

import argparse
import sys
import tempfile
from importlib import import_module
from pathlib import Path

import atheris

HERE = Path(__file__).parent
SAMPLES = HERE.parent / "meetings" / "attendance" / "samples"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz")
    parser.add_argument("--target", required=True)
    parser.add_argument("--minutes", type=float, default=1)
    asked = parser.parse_args()
    with atheris.instrument_imports(include=["meetings"]):
        targets = import_module("tests.fuzz.targets")
    found = HERE / "found" / asked.target
    found.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="fuzz-") as corpus:
        words = Path(corpus) / "words"
        words.write_text("".join(f'"{quoted(word)}"\n' for word in targets.WORDS[asked.target]))
        seeds = Path(corpus) / "seeds"
        seeds.mkdir()
        options = [
            f"-max_total_time={round(asked.minutes * 60)}",
            *("-max_len=4096", "-timeout=5", "-rss_limit_mb=300", "-print_final_stats=1"),
            f"-dict={words}",
            f"-artifact_prefix={found}/",
        ]
        kept = [str(folder) for folder in (found, SAMPLES) if folder.is_dir()]
        atheris.Setup([sys.argv[0], *options, str(seeds), *kept], targets.TARGETS[asked.target])
        atheris.Fuzz()


def quoted(word: bytes) -> str:
    """Write a word as the fuzzer's dictionary has it."""
    return "".join(f"\\x{byte:02x}" for byte in word)


if __name__ == "__main__":
    main()
