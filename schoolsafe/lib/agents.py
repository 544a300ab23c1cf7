"""A browser in the words of a person, from what it says of itself: enough to know one's own again."""

# The first that fits: each of these also says the names of those below it.
BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
SYSTEMS = (
    ("iPhone", "an iPhone"),
    ("iPad", "an iPad"),
    ("Android", "Android"),
    ("CrOS", "a Chromebook"),
    ("Windows", "Windows"),
    ("Mac OS X", "a Mac"),
    ("Linux", "Linux"),
)


def in_words(agent: str) -> str:
    """Return which browser on which system, as far as it says; nothing of it is believed otherwise."""
    browser = next((words for sign, words in BROWSERS if sign in agent), "")
    system = next((words for sign, words in SYSTEMS if sign in agent), "")
    if not system:
        return browser or "An unknown browser"
    return f"{browser or 'A browser'} on {system}"
