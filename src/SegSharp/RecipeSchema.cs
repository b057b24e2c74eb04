using System.Collections;
using System.Globalization;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using System.Xml;
using System.Xml.Linq;

namespace SegSharp;

/// <summary>The JSON schema of recipes, for editors: every key with its type, default, range and meaning.</summary>
/// <remarks>
/// Made from the options records themselves. Meanings are their doc comments, where the file of them lies beside the assembly. Ranges are
/// found out by asking <c>Check()</c> about values, so that the schema cannot say another thing than the program.
/// </remarks>
public static partial class RecipeSchema
{
    /// <summary>What the schema is written in.</summary>
    public const string Dialect = "https://json-schema.org/draft/2020-12/schema";

    private static readonly Dictionary<string, string> Comments = ReadComments();

    /// <summary>The schema.</summary>
    public static JsonObject Create()
    {
        var schema = new JsonObject
        {
            ["$schema"] = Dialect,
            ["title"] = "SegSharp recipe",
            ["description"] = "What a training is asked for. Missing keys keep their defaults.",
        };
        var families = new JsonObject();
        foreach (var (key, value) in ObjectOf(new Recipe(), families, null))
        {
            schema[key] = value?.DeepClone();
        }

        schema["$defs"] = families;
        return schema;
    }

    // An object with its keys; of a family's member with its name.
    private static JsonObject ObjectOf(object options, JsonObject families, string? name)
    {
        var type = options.GetType();
        var properties = new JsonObject();
        if (name is not null)
        {
            properties["name"] = new JsonObject { ["const"] = name };
        }

        foreach (var property in OptionsJson.Properties(type))
        {
            properties[OptionsJson.Key(property)] = Property(options, property, families);
        }

        // Without its name an object changes the default member, so the name is not required.
        return new JsonObject { ["type"] = "object", ["properties"] = properties, ["additionalProperties"] = false };
    }

    private static JsonObject Property(object options, PropertyInfo property, JsonObject families)
    {
        var schema = TypeOf(property.PropertyType, families);
        if (CommentOf(property) is { } comment)
        {
            schema["description"] = comment;
        }

        if (OptionsJson.IsNullable(property))
        {
            Allow(schema);
        }

        if (property.GetValue(options) is { } value && (value is string or not IEnumerable) && !OptionsJson.IsRecord(property.PropertyType))
        {
            schema["default"] = OptionsJson.Node(property.GetValue(options));
        }

        if (IsNumber(property.PropertyType))
        {
            foreach (var (bound, limit) in RangeOf(options, property))
            {
                schema[bound] = limit;
            }
        }

        return schema;
    }

    private static void Allow(JsonObject schema)
    {
        if (schema["type"] is JsonValue type)
        {
            schema["type"] = new JsonArray(type.GetValue<string>(), "null");
        }
        else if (schema["anyOf"] is JsonArray choices)
        {
            choices.Add(new JsonObject { ["type"] = "null" });
        }

        if (schema["enum"] is JsonArray names)
        {
            names.Add(null);
        }
    }

    private static JsonObject TypeOf(Type type, JsonObject families)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (OptionsJson.MembersOf(type) is { } members)
        {
            // Once for all places, since a loss may be made of losses. The name alone stands for the member with its defaults.
            var family = JsonNamingPolicy.CamelCase.ConvertName(type.Name.Replace("Options", "", StringComparison.Ordinal));
            if (!families.ContainsKey(family))
            {
                families[family] = new JsonObject();
                families[family] = new JsonObject
                {
                    ["anyOf"] = new JsonArray(
                    [
                        new JsonObject { ["enum"] = new JsonArray([.. members.Select(m => (JsonNode)m.Name)]) },
                        .. members.Select(m => (JsonNode)ObjectOf(m.Defaults, families, m.Name)),
                    ]),
                };
            }

            return new JsonObject { ["anyOf"] = new JsonArray(new JsonObject { ["$ref"] = $"#/$defs/{family}" }) };
        }

        if (OptionsJson.IsRecord(type))
        {
            return ObjectOf(Activator.CreateInstance(type)!, families, null);
        }

        if (type.IsGenericType && typeof(IEnumerable<KeyValuePair<string, int>>).IsAssignableFrom(type))
        {
            return new JsonObject { ["type"] = "object", ["additionalProperties"] = new JsonObject { ["type"] = "integer" } };
        }

        if (OptionsJson.ElementOf(type) is { } element)
        {
            return new JsonObject { ["type"] = "array", ["items"] = TypeOf(element, families) };
        }

        return type switch
        {
            _ when type.IsEnum => new JsonObject { ["enum"] = new JsonArray([.. Enum.GetNames(type).Select(n => (JsonNode)JsonNamingPolicy.CamelCase.ConvertName(n))]) },
            _ when type == typeof(bool) => new JsonObject { ["type"] = "boolean" },
            _ when type == typeof(int) || type == typeof(long) => new JsonObject { ["type"] = "integer" },
            _ when type == typeof(float) || type == typeof(double) => new JsonObject { ["type"] = "number" },
            _ when type == typeof(Imaging.Extent) => new JsonObject { ["type"] = "string", ["pattern"] = "^[0-9]+[xX×][0-9]+([xX×][0-9]+)?$" },
            _ => new JsonObject { ["type"] = "string" },
        };
    }

    private static bool IsNumber(Type type) => (Nullable.GetUnderlyingType(type) ?? type) is var t && (t == typeof(int) || t == typeof(long) || t == typeof(float) || t == typeof(double));

    // A limit is where the answer of Check changes between neighbours of a round number.
    private static IEnumerable<(string Bound, JsonNode Limit)> RangeOf(object options, PropertyInfo property)
    {
        if (options.GetType().GetMethod("Check", BindingFlags.Public | BindingFlags.Instance, []) is not { } check || options.GetType().GetMethod("<Clone>$") is not { } clone)
        {
            yield break;
        }

        var type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
        var whole = type == typeof(int) || type == typeof(long);
        var name = OptionsJson.Key(property);
        bool Fits(double value)
        {
            var copy = clone.Invoke(options, null)!;
            property.SetValue(copy, Convert.ChangeType(value, type, CultureInfo.InvariantCulture));
            return !((IEnumerable<Fault>)check.Invoke(copy, null)!).Any(f => f.Key == name || f.Key.EndsWith($".{name}", StringComparison.Ordinal));
        }

        var step = whole ? 1 : 1e-4;
        double[] round = [-1, 0, 1, 2, 3, 4, 5, 8, 16, 32, 64, 90, 100, 180, 255, 512, 1024, 4096, 65536];
        foreach (var at in round.Where(at => at <= 1))
        {
            if (!Fits(at - step) && Fits(at + step))
            {
                yield return (Fits(at) ? "minimum" : whole ? "minimum" : "exclusiveMinimum", Number(Fits(at) || !whole ? at : at + 1, whole));
                break;
            }
        }

        foreach (var at in round.Where(at => at >= 0))
        {
            if (Fits(at - step) && !Fits(at + step))
            {
                yield return (Fits(at) ? "maximum" : whole ? "maximum" : "exclusiveMaximum", Number(Fits(at) || !whole ? at : at - 1, whole));
                break;
            }
        }
    }

    private static JsonNode Number(double value, bool whole) => whole ? JsonValue.Create((long)value) : JsonValue.Create(value);

    private static string? CommentOf(PropertyInfo property)
    {
        for (var type = property.DeclaringType; type is not null; type = type.BaseType)
        {
            if (Comments.TryGetValue($"P:{type.FullName?.Replace('+', '.')}.{property.Name}", out var comment))
            {
                return comment;
            }
        }

        return null;
    }

    private static Dictionary<string, string> ReadComments()
    {
        var comments = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var name in new[] { "SegSharp.xml", "SegSharp.Imaging.xml", "SegSharp.Torch.xml" })
        {
            var file = Path.Combine(AppContext.BaseDirectory, name);
            if (!File.Exists(file))
            {
                continue;
            }

            try
            {
                foreach (var member in XDocument.Load(file).Descendants("member"))
                {
                    if (member.Attribute("name")?.Value is { } key && key.StartsWith("P:", StringComparison.Ordinal) && member.Element("summary") is { } summary)
                    {
                        comments[key] = Plain(summary);
                    }
                }
            }
            catch (Exception e) when (e is XmlException or IOException or UnauthorizedAccessException)
            {
                // The schema is whole without them.
            }
        }

        return comments;
    }

    private static string Plain(XElement summary) => Spaces().Replace(
        string.Concat(summary.Nodes().Select(n => n switch
        {
            XText text => text.Value,
            XElement { Name.LocalName: "see" } see when see.Attribute("cref") is { } cref => JsonNamingPolicy.CamelCase.ConvertName(cref.Value.Split('.')[^1].Split('(')[0]),
            XElement element => element.Value,
            _ => "",
        })), " ").Trim();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();
}
