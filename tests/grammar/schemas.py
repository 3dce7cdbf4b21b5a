"""Random schemas of the keywords that are honoured, and random values for them."""
import random
import string

NAMES = ["a", "b", "name", "two words", "ü", "quo\"te"]
PATTERNS = ["^[a-z]+$", "^a", "b$", "a.c", "^[A-Z]{2}[0-9]{2,3}$", "^(x|yy)*$", "[0-9]", "^[^a]*$", "^(ab|cd)?e+$", "^$|^-"]
FORMATS = ["date", "uuid", "date-time", "ipv4", "ipv6", "email", "time"]
WORDS = ["", "a", "ab", "abc", "b", "x", "yyx", "AB12", "é", "日本", "0", "-", "e", "abe", "a\nb", "q\"", "\\", "\t", "😀"]


class Maker:
    """`exact`: nothing whose validity libraries see in another way than we, such as formats. `bounded`: nothing that a small
    model could fill without end."""

    def __init__(self, seed, exact=True, bounded=False):
        self.random = random.Random(seed)
        self.exact = exact
        self.bounded = bounded

    def maybe(self, chance=0.5):
        return self.random.random() < chance

    def schema(self):
        """A whole schema: sometimes one that refers to itself."""
        root = self.part(3)
        if self.maybe(0.2) and isinstance(root, dict) and not self.bounded:
            node = {"type": "object", "properties": {"value": self.part(1), "next": {"$ref": "#/$defs/node"}},
                    "additionalProperties": False}
            if self.maybe():
                node["required"] = ["value"]
            root = {"type": "object", "properties": {"list": {"$ref": "#/$defs/node"}, "other": root},
                    "required": ["list"], "additionalProperties": False, "$defs": {"node": node}}
        return root

    def part(self, depth):
        kinds = [self.string, self.integer, self.number, self.literal, self.types]
        if depth > 0:
            kinds += [self.array, self.object, self.object, self.any_of, self.all_of]
        return self.random.choice(kinds)(depth)

    def string(self, _):
        schema = {"type": "string"}
        if self.maybe(0.3):
            schema["minLength"] = self.random.randint(0, 3)
        if self.bounded:
            schema["maxLength"] = self.random.randint(schema.get("minLength", 0), 20)
        elif self.maybe(0.3):
            schema["maxLength"] = self.random.randint(schema.get("minLength", 0), 6)
        if self.maybe(0.3):
            schema["pattern"] = self.random.choice(PATTERNS)
        elif not self.exact and self.maybe(0.4):
            return {"type": "string", "format": self.random.choice(FORMATS)}
        return schema

    def bounds(self, schema, number):
        if self.maybe():
            schema[self.random.choice(["minimum", "exclusiveMinimum"])] = number()
        if self.maybe():
            schema[self.random.choice(["maximum", "exclusiveMaximum"])] = number()
        return schema

    def integer(self, _):
        size = self.random.choice([3, 20, 1000, 10**9])
        schema = self.bounds({"type": "integer"}, lambda: self.random.randint(-size, size))
        if self.maybe(0.2):
            schema["multipleOf"] = self.random.choice([1, 10, 100])
        return schema

    def number(self, _):
        size = self.random.choice([1, 3, 200])
        digits = self.random.randint(0, 3)
        return self.bounds({"type": "number"}, lambda: round(self.random.uniform(-size, size), digits))

    def scalar(self):
        return self.random.choice([None, True, False, 0, 1, -7, 12345, 0.5, -3.25, *WORDS])

    def literal(self, _):
        if self.maybe():
            return {"const": self.value(2)}
        return {"enum": [self.value(1) for _ in range(self.random.randint(1, 4))]}

    def types(self, _):
        types = ["null", "boolean", "string", "integer", "number", "array", "object"]
        if self.bounded:
            return {"type": self.random.sample(["null", "boolean", "integer", "number"], self.random.randint(1, 3))}
        schema = self.random.choice([True, {}, {"type": self.random.choice(types)},
                                     {"type": self.random.sample(types, self.random.randint(1, 3))}])
        if isinstance(schema, dict) and self.maybe(0.3):
            schema["minLength"] = 2
            schema["maximum"] = 10
        return schema

    def array(self, depth):
        schema = {"type": "array"}
        if self.maybe(0.4):
            schema["prefixItems"] = [self.part(depth - 1) for _ in range(self.random.randint(1, 2))]
        if self.maybe(0.7) or self.bounded:
            schema["items"] = False if "prefixItems" in schema and self.maybe(0.3) else self.part(depth - 1)
        if self.maybe(0.3):
            schema["minItems"] = self.random.randint(0, 3)
        if self.maybe(0.3) or self.bounded:
            schema["maxItems"] = self.random.randint(schema.get("minItems", 0), 4) if self.bounded else self.random.randint(0, 4)
        return schema

    def object(self, depth):
        names = self.random.sample(NAMES, self.random.randint(0, 4))
        schema = {"type": "object", "properties": {name: self.part(depth - 1) for name in names}}
        if names and self.maybe():
            schema["required"] = self.random.sample(names, self.random.randint(0, len(names)))
        if self.bounded:
            schema["additionalProperties"] = False
            return schema
        if self.maybe(0.2):
            schema["required"] = schema.get("required", []) + ["z"]
        if self.maybe(0.2):
            schema["patternProperties"] = {self.random.choice(["^x", "[0-9]$", "a"]): self.part(0)}
        if self.maybe(0.7):
            schema["additionalProperties"] = self.random.choice([True, False, False, False, self.part(0)])
        if self.maybe(0.15):
            schema["propertyNames"] = self.random.choice([{"maxLength": 3}, {"pattern": "^[a-z]+$"}, {"enum": ["a", "b"]}])
        if self.maybe(0.15):
            schema[self.random.choice(["minProperties", "maxProperties"])] = self.random.randint(0, 3)
        return schema

    def any_of(self, depth):
        schema = {"anyOf": [self.part(depth - 1) for _ in range(self.random.randint(1, 3))]}
        if self.maybe(0.3):
            schema["type"] = self.random.choice(["string", "object", "number"])
        return schema

    def all_of(self, depth):
        kind = self.random.choice([self.string, self.integer, self.number, self.object, self.array, self.any_of])
        return {"allOf": [kind(depth - 1 if depth > 1 else 1) for _ in range(2)]}

    def value(self, depth):
        """Of any kind."""
        kind = self.random.randint(0, 5) if depth > 0 else 0
        if kind == 4:
            return [self.value(depth - 1) for _ in range(self.random.randint(0, 3))]
        if kind == 5:
            return {name: self.value(depth - 1) for name in self.random.sample(NAMES, self.random.randint(0, 3))}
        return self.scalar()

    def near(self, schema, root, depth=4):
        """A value that is likely to be valid, or nearly."""
        if isinstance(schema, bool) or depth == 0 or self.maybe(0.05):
            return self.value(1)
        if "$ref" in schema:
            return self.near(root["$defs"]["node"], root, depth - 1)
        if "const" in schema:
            return schema["const"]
        if "enum" in schema:
            return self.random.choice(schema["enum"])
        for many in ("anyOf", "allOf"):
            if many in schema:
                return self.near(self.random.choice(schema[many]), root, depth)
        types = schema.get("type", "null")
        return self.near_type(self.random.choice(types) if isinstance(types, list) else types, schema, root, depth)

    def near_type(self, kind, schema, root, depth):
        if kind == "string":
            if self.maybe():
                return self.random.choice(WORDS)
            return "".join(self.random.choice("abcxyeAB01-" + string.ascii_lowercase)
                           for _ in range(self.random.randint(0, 7)))
        if kind in ("integer", "number"):
            return self.near_number(schema)
        if kind == "array":
            prefix = schema.get("prefixItems", [])
            n = self.random.randint(0, max(len(prefix), 3))
            return [self.near(prefix[i] if i < len(prefix) else schema.get("items", True), root, depth - 1)
                    for i in range(n)]
        if kind == "object":
            return self.near_object(schema, root, depth)
        return {"boolean": True, "null": None}[kind]

    def near_number(self, schema):
        bounds = [schema[name] for name in ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum") if name in schema]
        near = self.random.choice(bounds or [0])
        step = self.random.choice([0, 0, 1, -1, 10, -10, 0.5, -0.25, 0.001, -0.001, 100, 1000])
        number = round(near + step, 4)
        return round(number, -1) if "multipleOf" in schema and self.maybe() else number

    def near_object(self, schema, root, depth):
        value = {}
        for name, part in schema.get("properties", {}).items():
            if name in schema.get("required", []) or self.maybe():
                value[name] = self.near(part, root, depth - 1)
        if "z" in schema.get("required", []) or self.maybe(0.1):
            value["z"] = self.value(1)
        if self.maybe(0.3):
            value[self.random.choice(["x1", "n0", "extra", "bar"])] = self.value(0)
        return value
