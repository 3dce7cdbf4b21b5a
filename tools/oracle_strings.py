"""Deterministic strings that tokenizers get wrong: every script, emoji, controls, runs of spaces, broken UTF-8.

strings(seed, count, spellings) yields byte strings. What is no UTF-8 in them is meant to be read as Python's
bytes.decode("utf-8", "replace") reads it.
"""
import random
import unicodedata

WORDS = """the quick brown fox jumps over a lazy dog and then some of it was not quite as it should have been
information technology international understanding HELLO World McDonald iPhone OpenAI camelCaseWord snake_case_word
naïve café résumé Straße ŒUVRE İstanbul ıstanbul ﬁne ſmall Ǆungla ǅungla state-of-the-art don't can't we'll they've
I'm you're he'd she's it's DON'T CAN'T WE'LL THEY'VE I'M YOU'RE HE'D SHE'S O'Reilly rock'n'roll l'homme d'accord
Привет мир Γειά σου Κόσμε שלום עולם مرحبا بالعالم नमस्ते दुनिया สวัสดีชาวโลก 你好世界 こんにちは世界 カタカナ 안녕하세요 세계
Xin chào thế giới ਸਤਿ ਸ੍ਰੀ ਅਕਾਲ வணக்கம் ಕನ್ನಡ മലയാളം தமிழ் বাংলা ગુજરાતી తెలుగు සිංහල မြန်မာ ខ្មែរ ລາວ བོད་ འབྲུག ქართული Հայերեն አማርኛ
ᏣᎳᎩ ᐃᓄᒃᑎᑐᑦ ᠮᠣᠩᠭᠣᠯ 𐍈𐌰𐍂𐌻𐌰 𝔘𝔫𝔦𝔠𝔬𝔡𝔢 𝟘𝟙𝟚""".split()
DIGITS = ["0123456789", "٠١٢٣٤٥٦٧٨٩", "०१२३४५६७८९", "๐๑๒๓๔๕๖๗๘๙", "０１２３４５６７８９", "²³¹⁴½¼¾", "ⅣⅫↂ", "①②③㊿", "𝟎𝟏𝟗", "໑໒", "一二三"]
SPACES = [" ", " ", " ", " ", "\t", "\n", "\n", "\r\n", "\r", "\u00a0", "\u3000", "\u2003", "\u200b", "\x0b", "\x0c", "\x85", "\u2028"]
EMOJI = ["😀", "👍🏽", "👩‍👩‍👧‍👦", "🧑‍🚀", "🏳️‍🌈", "🇩🇪🇫🇷", "1️⃣", "❤️", "☃", "✔️", "👨🏿‍💻", "🫠", "\u200d", "\ufe0f", "🏴\U000e0067\U000e0062\U000e007f"]
CONTROLS = [chr(c) for c in [*range(32), 0x7F, *range(0x80, 0xA0), 0xAD, 0x200C, 0x200D, 0x200E, 0x202E, 0x2060, 0xFEFF, 0xFFF9, 0xFFFD, 0xFFFF, 0xE000, 0x10FFFF]]
MARKS = ["\u0301", "\u0308", "\u0323", "\u0489", "\u064b", "\u0651", "\u093e", "\u094d", "\u0e31", "\u0e34", "\u3099", "\u1dc4", "\u20d7", "\u0327", "\u030a"]
PUNCTUATION = list("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~") + list("“”‘’–—…«»¿¡。，、！？「」।۔،·•§¶©®™€£¥°±×÷←→∀∑")
CODE = ["def f(x):\n    return x**2\n", "if (a && b) {\n\t\tc++;\n}", "https://example.com/a?b=c&d=%20e", "foo.bar(baz[0])", "<b>x</b>", "a/b\\c", "// x\n\n\n", "{{ x }}", "x=-1e-5;", "<div class=\"y\">\n  <br/>\n</div>"]
CONTRACTIONS = ["s", "S", "t", "T", "re", "RE", "rE", "ve", "Ve", "m", "M", "ll", "LL", "lL", "d", "D", "ſ", "K", "l", "r", "x"]


def assigned_pages():
    """Every stretch of 64 code points in which something is assigned: all scripts, also the rarest."""
    pages = []
    for page in range(0, 0x110000, 64):
        chars = [chr(c) for c in range(page, page + 64) if unicodedata.category(chr(c)) not in ("Cn", "Cs", "Co")]
        if chars:
            pages.append(chars)
    return pages


def broken(rng):
    kinds = [
        lambda: bytes(rng.randrange(256) for _ in range(rng.randint(1, 6))),
        lambda: rng.choice(WORDS).encode()[: rng.randint(1, 4)],
        lambda: "é€🧑".encode()[rng.randint(0, 8):][: rng.randint(1, 4)],
        lambda: rng.choice([b"\xed\xa0\x80", b"\xed\xbf\xbf", b"\xc0\xaf", b"\xe0\x80\xaf", b"\xf0\x80\x80\x80", b"\xf4\x90\x80\x80", b"\xf8\x88\x80\x80\x80", b"\xfe\xff", b"\xe2\x82", b"\xf0\x9f\x98"]),
    ]
    return rng.choice(kinds)()


def spaces(rng):
    if rng.random() < 0.6:
        return rng.choice(SPACES) * rng.choice([1, 2, 3, 4, 5, 7, 8, 16, 30, 31, 32, 33, 63, 80])
    return "".join(rng.choice(SPACES) for _ in range(rng.randint(1, 9)))


def some(rng, choices, most):
    return "".join(rng.choice(choices) for _ in range(rng.randint(1, most)))


def part(rng, pages, spellings):
    makers = [
        lambda: " ".join(rng.choice(WORDS) for _ in range(rng.randint(1, 6))),
        lambda: " ".join(rng.choice(WORDS) for _ in range(rng.randint(1, 6))),
        lambda: some(rng, rng.choice(pages), 8),
        lambda: some(rng, rng.choice(pages), 8),
        lambda: some(rng, EMOJI, 4),
        lambda: some(rng, CONTROLS, 4),
        lambda: spaces(rng),
        lambda: spaces(rng),
        lambda: some(rng, list(rng.choice(DIGITS)), 9),
        lambda: str(rng.randrange(10 ** rng.randint(1, 14))),
        lambda: some(rng, WORDS, 1) + some(rng, MARKS, 5),
        lambda: some(rng, PUNCTUATION, 6),
        lambda: rng.choice(CODE),
        lambda: rng.choice(WORDS) + rng.choice("''''’`") + rng.choice(CONTRACTIONS) + rng.choice(["", " ", "x", "1", "é"]),
        lambda: rng.choice(spellings),
        lambda: some(rng, spellings, 4),
        lambda: rng.choice(spellings)[: rng.randint(1, 12)],
        lambda: chr(rng.choice([rng.randrange(0xD800), rng.randrange(0xE000, 0x110000)])),
        lambda: rng.choice("aA1 .\n'é世") * rng.randint(1, 40),
        lambda: broken(rng),
    ]
    made = rng.choice(makers)()
    return made if isinstance(made, bytes) else made.encode("utf-8", "surrogatepass")


def strings(seed, count, spellings, first=0):
    rng = random.Random(seed)
    pages = assigned_pages()
    spellings = spellings or [" "]
    for i in range(first, count):
        if i < len(pages):  # each page at least once
            yield some(rng, pages[i], 6).encode()
        elif i % 1000 == 999:
            yield b"".join(part(rng, pages, spellings) + b" " for _ in range(60))
        else:
            yield b"".join(part(rng, pages, spellings) + rng.choice([b"", b" ", b"\n"]) for _ in range(rng.randint(1, 4)))
