import re
import unicodedata

WORDS = re.compile(r"[a-z0-9]+")
SMALL = ("of", "the", "and")


def slug(text, separator="_"):
    """A name's letters and digits."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return separator.join(WORDS.findall(plain))


def title(text):
    words = [word if word in SMALL else word.capitalize() for word in text.split()]
    return " ".join(words)


def shorten(text, limit=20):
    # At a word's end.
    if len(text) <= limit:
        return text
    return text[:limit].rsplit(" ", 1)[0] + "…"


def plural(count, word):
    return f"{count} {word}" if count == 1 else f"{count} {word}s"
