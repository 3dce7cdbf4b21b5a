"""The published pre-tokenizers, by the names that GGUF files give them, made of Hugging Face `tokenizers` parts."""
from tokenizers import Regex
from tokenizers.pre_tokenizers import ByteLevel, Digits, Sequence, Split

GPT2 = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
TAIL = r"\s*[\r\n]+|\s+(?!\S)|\s+"
CONTRACTIONS = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)"
WORD = r"[^\r\n\p{L}\p{N}]?\p{L}+"
OTHER = r" ?[^\s\p{L}\p{N}]+[\r\n]*"
LLAMA3 = rf"{CONTRACTIONS}|{WORD}|\p{{N}}{{1,3}}|{OTHER}|{TAIL}"
QWEN2 = rf"{CONTRACTIONS}|{WORD}|\p{{N}}|{OTHER}|{TAIL}"
QWEN35 = rf"{CONTRACTIONS}|[^\r\n\p{{L}}\p{{N}}]?[\p{{L}}\p{{M}}]+|\p{{N}}| ?[^\s\p{{L}}\p{{M}}\p{{N}}]+[\r\n]*|{TAIL}"
UPPER, LOWER = r"\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}", r"\p{Ll}\p{Lm}\p{Lo}\p{M}"
LEAD = r"[^\r\n\p{L}\p{N}]?"


def cased(end, lead=LEAD, but=""):
    return rf"{lead}[{UPPER}{but}]*[{LOWER}{but}]+{end}|{lead}[{UPPER}{but}]+[{LOWER}{but}]*{end}"


GPT4O = rf"{cased(CONTRACTIONS + '?')}|\p{{N}}{{1,3}}| ?[^\s\p{{L}}\p{{N}}]+[\r\n/]*|{TAIL}"
TEKKEN = rf"{cased('')}|\p{{N}}| ?[^\s\p{{L}}\p{{N}}]+[\r\n/]*|{TAIL}"
YOUTU = rf"{cased(CONTRACTIONS + '?')}|\p{{N}}| ?[^\s\p{{L}}\p{{N}}]+[\r\n/]*|{TAIL}"
KIMI = rf"[\p{{Han}}]+|{cased(CONTRACTIONS + '?', but='&&[^' + chr(92) + 'p{Han}]')}|\p{{N}}{{1,3}}|{OTHER}|{TAIL}"
ASCII_PUNCTUATION = r"""[!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~]"""
DEEPSEEK3 = (rf"{ASCII_PUNCTUATION}[A-Za-z]+|[^\r\n\p{{L}}\p{{P}}\p{{S}}]?[\p{{L}}\p{{M}}]+"
             rf"| ?[\p{{P}}\p{{S}}]+[\r\n]*|{TAIL}")
SPARK = (rf"{ASCII_PUNCTUATION}[A-Za-z]+|[^\r\n\p{{L}}\p{{P}}\p{{S}}]?[\p{{L}}\p{{M}}]+"
         r"| ?[\p{P}\p{S}]+|[\r\n]|\s+(?!\S)|\s+")
CJK_KANA = "[一-龥぀-ゟ゠-ヿ]+"
CJK_OLD = "[一-龥ࠀ-一가-퟿]+"
CASED_LETTERS = (
    "\\s?[A-Za-zµÀ-ÖØ-öø-ƺƼ-ƿǄ-ʓʕ-ʯͰ-ͳͶͷͻ-ͽͿΆΈ-ΊΌΎ-ΡΣ-ϵϷ-ҁҊ-ԯԱ-ՖႠ-ჅᎠ-Ᏽᏸ-ᏽᲐ-Ჺ"
    "Ჽ-Ჿᴀ-ᴫᵫ-ᵷᵹ-ᶚḀ-ἕἘ-Ἕἠ-ὅὈ-Ὅὐ-ὗὙὛὝὟ-\u1F7Dᾀ-ᾴᾶ-ᾼ\u1FBEῂ-ῄῆ-ῌῐ-\u1FD3ῖ-\u1FDBῠ-Ῥῲ-ῴῶ-ῼℂℇℊ-ℓℕℙ-ℝ"
    "ℤ\u2126ℨ\u212A-ℭℯ-ℴℹℼ-ℿⅅ-ⅉⅎↃↄⰀ-ⱻⱾ-ⳤⳫ-ⳮⳲⳳꙀ-ꙭꚀ-ꚛꜢ-ꝯꝱ-ꞇꞋ-ꞎꭰ-ꮿﬀ-ﬆﬓ-ﬗＡ-Ｚａ-ｚ𐐀-𐑏𐒰-𐓓𐓘-𐓻𐲀"
    "-𐲲𐳀-𐳲𑢠-𑣟𞤀-𞥃]+")
BLOOM = " ?[^(\\s|.,!?…。，、।۔،)]+"
EXAONE_MOE = (rf"{CONTRACTIONS}|[^\r\n\p{{L}}\p{{N}}]?(?:\p{{L}}\p{{M}}*(?: \p{{L}}\p{{M}}*)*)+|\p{{N}}"
              r"| ?[^\s\p{L}\p{N}]+[\r\n/]?|\s*[\r\n]|\s+(?!\S)|\s+")
JAIS2 = (rf"{CONTRACTIONS}|{WORD}|\p{{N}}{{1,3}}|{OTHER}|\s*[\r\n]+|"
         + "|".join(rf"\s{{{n}}}(?!\S)" for n in (512, 256, 128, 64, 32, 16, 8, 4)) + r"|\s{1,2}(?!\S)|\s{1}")
AFMOE_SCRIPTS = "[一-鿿㐀-䶿\uF900-﫿぀-ゟ゠-ヿ･-ﾟ⼀-⿟เ-๿຀-໿ក-៿က-႟ꩠ-ꩿꧠ-꧿가-힯ᄀ-ᇿ]+"
BAILING = (r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]++[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+")
SEED = rf"{CONTRACTIONS}|{WORD}|\p{{N}}{{1}}| ?[^\s\p{{L}}\p{{N}}\r\n]+|{TAIL}"

# Each name: the expressions, one cut after the other. "digits" is tokenizers' own Digits(individual_digits=True).
EXPRESSIONS = {
    "gpt-2": [GPT2],
    "smollm": ["digits", GPT2],
    "llama-bpe": [LLAMA3],
    "qwen2": [QWEN2],
    "dbrx": [LLAMA3],
    "stablelm2": [QWEN2],
    "olmo": [GPT2],
    "granite-embed-multi-97m": [GPT4O],
    "qwen35": [QWEN35],
    "gpt-4o": [GPT4O],
    "tekken": [TEKKEN],
    "kimi-k2": [KIMI],
    "deepseek-llm": [r"[\r\n]", CASED_LETTERS, r"\s?[!-/:-~！-／：-～‘-‟　-。]+", r"\s+$", CJK_OLD, r"\p{N}+"],
    "deepseek-coder": [r"[\r\n]", r"\s?\p{L}+", r"\s?\p{P}+", CJK_OLD, r"\p{N}"],
    "deepseek-v3": [r"\p{N}{1,3}", CJK_KANA, DEEPSEEK3],
    "spark2_5": [r"\p{N}{1,3}", CJK_KANA, SPARK, r"\p{N}"],
    "youtu": ["[가-힣ㄱ-ㆎ]+|[！…“”‘’—：；，、-〿︰-﹏]+|[ㄅ-ㄯ]+|" + CJK_KANA, YOUTU],
    "falcon": [r"[\p{P}\$\+<=>\^~\|`]+", GPT2, "[0-9][0-9][0-9]"],
    "bloom": [BLOOM],
    "viking": [BLOOM, r"\p{N}"],
    "chameleon": ["<sentinel:[0-9]+>", "(IMGIMG)((A|B|C|D|E|F|G|H|I){1,4})Z", r"([\t\n]|    |  )", r"\p{N}",
                  r"[\p{P}!-/:-@\[-`{-~]", GPT2],
    "superbpe": [r"\p{N}+", r"(?=(\d{3})+(?!\d))"],
    "tiny_aya": [r"\d{1,3}(?=(?:\d{3})*\b)", GPT4O],
    "afmoe": [r"\p{N}{1,3}(?=(?:\p{N}{3})*(?!\p{N}))", AFMOE_SCRIPTS, DEEPSEEK3],
    "bailingmoe": [BAILING],
    "seed-coder": [SEED],
    "exaone-moe": [EXAONE_MOE],
    "jais2": [JAIS2],
    "laguna": [r"[^\n]+|[\n]+", QWEN2],
    "ufakzeka": [rf"{WORD}|\p{{N}}|{OTHER}|{TAIL}"],
    "minicpm5": [r"\p{N}{1,3}", rf"{CONTRACTIONS}|{WORD}|\p{{N}}+|{OTHER}|{TAIL}"],
}
# Names whose vocabularies compose characters first (Unicode normal form C), and take whole words that are tokens.
COMPOSES = {"qwen2", "qwen35", "olmo"}
WHOLE_WORDS = {"llama-bpe", "tekken", "youtu", "minicpm5", "granite-embed-multi-97m"}


def pre_tokenizer(name, cuts_only=False):
    """cuts_only: without the byte alphabet, so that offsets are those of the text."""
    parts = [Digits(individual_digits=True) if e == "digits" else Split(Regex(e), behavior="isolated")
             for e in EXPRESSIONS[name]]
    return Sequence(parts if cuts_only else parts + [ByteLevel(add_prefix_space=False, use_regex=False)])
