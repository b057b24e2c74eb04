using System.Collections;
using System.Globalization;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using SegSharp.Augmentation;
using SegSharp.Imaging;
using SegSharp.Imaging.Filters;
using SegSharp.Imaging.Normalisation;
using SegSharp.Losses;
using SegSharp.Networks;
using SegSharp.Networks.Parts;
using SegSharp.Torch.Optimizers;
using SegSharp.Torch.Schedules;

namespace SegSharp;

/// <summary>
/// Options records as JSON and back: the one binding behind recipes, <c>--set key=value</c> and the stored recipe of a run.
/// Keys are the properties in camelCase, enum values too. Where a family has a catalogue, the object says which member it is:
/// <c>{ "name": "unet", "base": 16 }</c>.
/// </summary>
/// <remarks>Missing keys keep their defaults. An unknown key, a value of another type and an unknown name are refused with their full key.</remarks>
public static class OptionsJson
{
    private static readonly JsonSerializerOptions Leaf = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false), new ExtentConverter() },
    };

    private static readonly JsonDocumentOptions Lenient = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };

    // One line for every family of options that a catalogue names.
    private static readonly List<Family> Families =
    [
        Family.Of<NetworkOptions, Network>(Networks.Catalogue.All),
        Family.Of<PartOptions, Part>(PartCatalogue.All),
        Family.Of<TransformOptions, Transform>(Augmentation.Catalogue.Transforms),
        Family.Of<FilterOptions, ImageFilter>(Imaging.Filters.Catalogue.Filters),
        Family.Of<NormaliserOptions, Normaliser>(Imaging.Normalisation.Catalogue.Normalisers),
        Family.Of<LossOptions, Loss>(LossCatalogue.All),
        Family.Of<ScheduleOptions, Schedule>(ScheduleCatalogue.All),
        Family.Of<OptimizerOptions, Func<IEnumerable<Torch.Tensor>, Optimizer>>(OptimizerCatalogue.All),
    ];

    /// <summary>Reads a JSON text; comments and trailing commas are allowed.</summary>
    /// <param name="text">An object.</param>
    /// <param name="source">The file it comes from, for messages.</param>
    /// <exception cref="InputException">Not JSON, or not an object; the line is named.</exception>
    public static JsonObject Parse(string text, string source) => JsonInput.Parse(text, source);

    /// <summary>Builds an options record from JSON.</summary>
    /// <typeparam name="T">A record, or the abstract base of a family with a catalogue.</typeparam>
    /// <param name="json">The object, or the name alone of a family's member; keys that it lacks keep their defaults.</param>
    /// <param name="path">Where it stands in the recipe, for messages: "network"; empty for the recipe itself.</param>
    /// <exception cref="UsageException">An unknown key or name (what exists is listed, nearest first), or a value of another type.</exception>
    public static T Read<T>(JsonNode? json, string path) => (T)Value(typeof(T), json, path, nullable: false)!;

    /// <inheritdoc cref="Read{T}"/>
    public static object Read(Type type, JsonObject json, string path)
    {
        var family = Families.Find(f => f.Base.IsAssignableFrom(type));
        object result;
        if (family is null)
        {
            result = Activator.CreateInstance(type)!;
        }
        else if (json.TryGetPropertyValue("name", out var name) && name is not null)
        {
            result = family.Defaults(TextOf(name)
                ?? throw new UsageException($"{Join(path, "name")} is {name.ToJsonString()}; it must be one of {string.Join(", ", family.Names())}"));
        }
        else if (!type.IsAbstract)
        {
            result = Activator.CreateInstance(type)!;
        }
        else
        {
            throw new UsageException($"{Join(path, "name")} is missing; known: {string.Join(", ", family.Names())}");
        }

        var properties = Properties(result.GetType());
        foreach (var (key, node) in json)
        {
            if (family is not null && key == "name")
            {
                continue;
            }

            var property = properties.Find(p => Key(p) == key)
                ?? throw UsageException.Unknown("key", Join(path, key), properties.Select(p => Join(path, Key(p))));
            property.SetValue(result, Value(property.PropertyType, node, Join(path, key), IsNullable(property)));
        }

        return result;
    }

    /// <summary>Writes an options record with every default filled in; what <see cref="Read{T}"/> turns back into an equal record.</summary>
    public static JsonObject Write(object options)
    {
        var type = options.GetType();
        var json = new JsonObject();
        if (Families.Find(f => f.Base.IsAssignableFrom(type)) is { } family)
        {
            json["name"] = family.NameOf(type);
        }

        foreach (var property in Properties(type))
        {
            json[Key(property)] = Node(property.GetValue(options));
        }

        return json;
    }

    /// <summary>Sets one value by its dotted key, as <c>--set network.base=16</c> does. Objects on the way are made; members of a list are counted from 0.</summary>
    /// <param name="json">The recipe; changed.</param>
    /// <param name="assignment">"key=value"; the value is JSON where it can be read as JSON (16, true, [1, 2], null), else text.</param>
    /// <exception cref="UsageException">No "=", an empty key, a key below a value that is no object, or a place that a list does not have.</exception>
    public static void Set(JsonObject json, string assignment)
    {
        var equals = assignment.IndexOf('=');
        if (equals < 1)
        {
            throw new UsageException($"'{assignment}' sets nothing; it must be key=value", "--set network.base=16");
        }

        var keys = assignment[..equals].Trim().Split('.');
        JsonNode here = json;
        for (var i = 0; i < keys.Length - 1; i++)
        {
            var child = here is JsonArray list ? list[PlaceIn(list, keys, i, assignment)] : here[keys[i]];
            if (child is not (JsonObject or JsonArray))
            {
                child = child is not { } value ? new JsonObject()
                    : TextOf(value) is { } name ? Named(name)
                    : throw new UsageException($"{string.Join('.', keys[..(i + 1)])} is {value.ToJsonString()}; it must be an object for '{assignment}'");
                Put(here, keys, i, assignment, child);
            }

            here = child;
        }

        Put(here, keys, keys.Length - 1, assignment, Guess(assignment[(equals + 1)..].Trim()));
    }

    private static void Put(JsonNode into, string[] keys, int i, string assignment, JsonNode? value)
    {
        if (into is JsonArray list)
        {
            list[PlaceIn(list, keys, i, assignment)] = value;
        }
        else
        {
            into[keys[i]] = value;
        }
    }

    // "augmentation.2.degrees": the members of a list are counted from 0.
    private static int PlaceIn(JsonArray list, string[] keys, int i, string assignment) =>
        int.TryParse(keys[i], NumberStyles.None, CultureInfo.InvariantCulture, out var place) && place < list.Count
            ? place
            : throw new UsageException(
                $"{string.Join('.', keys[..i])} is a list of {list.Count}, and '{keys[i]}' in '{assignment}' is no place in it",
                list.Count == 0 ? "set the whole list" : $"count from 0 to {list.Count - 1}");

    /// <summary>
    /// Sets many values. Those that choose a family's member ("loss.name=bce") come first wherever they stand, since another
    /// member begins with its own defaults: the keys of the one before do not belong to it.
    /// </summary>
    /// <param name="json">The recipe; changed.</param>
    /// <param name="assignments">As in <see cref="Set"/>; a later one wins.</param>
    /// <exception cref="UsageException">As in <see cref="Set"/>.</exception>
    public static void SetAll(JsonObject json, IEnumerable<string> assignments)
    {
        foreach (var assignment in assignments.OrderBy(a => Chosen(a) is null))
        {
            if (Chosen(assignment) is { } path)
            {
                JsonNode? here = json;
                foreach (var key in path.Split('.'))
                {
                    here = here is JsonArray list ? (int.TryParse(key, NumberStyles.None, CultureInfo.InvariantCulture, out var i) && i < list.Count ? list[i] : null) : (here as JsonObject)?[key];
                }

                if (here is JsonObject section && !string.Equals(TextOf(section["name"]), assignment[(assignment.IndexOf('=') + 1)..].Trim(), StringComparison.OrdinalIgnoreCase))
                {
                    section.Clear();
                }
            }

            Set(json, assignment);
        }
    }

    /// <summary>
    /// Puts the values of one object over those of another, object by object; a family's other name starts afresh. A name alone
    /// stands for an object with that name.
    /// </summary>
    public static void Merge(JsonObject into, JsonObject over)
    {
        foreach (var (key, node) in over)
        {
            if (node is JsonObject && TextOf(into[key]) is { } name)
            {
                into[key] = Named(name);
            }

            var given = TextOf(node) is { } chosen && into[key] is JsonObject member && member.ContainsKey("name") ? Named(chosen) : node;
            if (given is JsonObject newer && into[key] is JsonObject older
                && !(newer["name"] is { } now && older["name"] is { } before && !JsonNode.DeepEquals(now, before)))
            {
                Merge(older, newer);
            }
            else
            {
                into[key] = node?.DeepClone();
            }
        }
    }

    // "network" for "network.name=unet"; null for an assignment that chooses no member.
    private static string? Chosen(string assignment)
    {
        var key = assignment.Split('=', 2)[0].Trim();
        return assignment.Contains('=') && key.EndsWith(".name", StringComparison.Ordinal) ? key[..^5] : null;
    }

    private static JsonObject Named(string name) => new() { ["name"] = name };

    private static string? TextOf(JsonNode? node) => node is JsonValue && node.GetValueKind() == JsonValueKind.String ? node.GetValue<string>() : null;

    internal static bool IsNullable(PropertyInfo property) => new NullabilityInfoContext().Create(property).WriteState == NullabilityState.Nullable;

    private static JsonNode? Guess(string text)
    {
        try
        {
            return JsonNode.Parse(text, documentOptions: Lenient);
        }
        catch (JsonException)
        {
            return JsonValue.Create(text);
        }
    }

    private static object? Value(Type type, JsonNode? node, string path, bool nullable)
    {
        var inner = Nullable.GetUnderlyingType(type) ?? type;
        if (node is null)
        {
            return nullable ? null : throw Wrong(inner, "null", path);
        }

        if (IsRecord(inner))
        {
            return node switch
            {
                JsonObject o => Read(inner, o, path),
                // A family's member may be written as its name alone when it shall keep its defaults.
                JsonValue v when v.GetValueKind() == JsonValueKind.String && Families.Exists(f => f.Base.IsAssignableFrom(inner)) =>
                    Read(inner, Named(v.GetValue<string>()), path),
                _ => throw Wrong(inner, node.ToJsonString(), path),
            };
        }

        if (ElementOf(inner) is { } element && IsRecord(element))
        {
            // Augmentations that belong together have one name.
            if (element == typeof(TransformOptions) && TextOf(node) is { } preset)
            {
                return Presets.Get(preset);
            }

            return List(element, node as JsonArray ?? throw Wrong(inner, node.ToJsonString(), path), path);
        }

        if (inner == typeof(string) && node is JsonValue && node.GetValueKind() != JsonValueKind.String)
        {
            return node.ToJsonString();
        }

        if (inner.IsEnum && node is JsonValue && node.GetValueKind() == JsonValueKind.String
            && !EnumNames(inner).Contains(node.GetValue<string>(), StringComparer.OrdinalIgnoreCase))
        {
            throw UsageException.Unknown($"value of {path}", node.GetValue<string>(), EnumNames(inner));
        }

        // A null among numbers is refused below; among lists or texts the reader of JSON would let it through.
        if (ElementOf(inner) is { IsValueType: false } && node is JsonArray { Count: > 0 } entries && entries.Any(e => e is null))
        {
            throw Wrong(inner, node.ToJsonString(), path);
        }

        try
        {
            return node.Deserialize(inner, Leaf);
        }
        catch (Exception e) when (e is JsonException or NotSupportedException or InvalidOperationException or FormatException or OverflowException)
        {
            throw Wrong(inner, node.ToJsonString(), path);
        }
    }

    private static Array List(Type element, JsonArray nodes, string path)
    {
        var list = Array.CreateInstance(element, nodes.Count);
        for (var i = 0; i < nodes.Count; i++)
        {
            list.SetValue(Value(element, nodes[i], $"{path}[{i}]", nullable: false), i);
        }

        return list;
    }

    internal static JsonNode? Node(object? value) => value switch
    {
        null => null,
        _ when IsRecord(value.GetType()) => Write(value),
        IEnumerable items when ElementOf(value.GetType()) is { } element && IsRecord(element) =>
            new JsonArray([.. items.Cast<object?>().Select(Node)]),
        _ => JsonSerializer.SerializeToNode(value, value.GetType(), Leaf),
    };

    private static UsageException Wrong(Type type, string found, string path)
    {
        var expected = type switch
        {
            _ when type == typeof(bool) => "true or false",
            _ when type.IsEnum => $"one of {string.Join(", ", EnumNames(type))}",
            _ when type == typeof(int) || type == typeof(long) => "a whole number",
            _ when type == typeof(float) || type == typeof(double) => "a number",
            _ when type == typeof(string) => "a text",
            _ when type == typeof(Extent) => "a size such as 128x128",
            _ when Families.Find(f => f.Base.IsAssignableFrom(type)) is { } family => $"one of {string.Join(", ", family.Names())}, or an object with such a name",
            _ when IsRecord(type) => "an object",
            _ when ElementOf(type) is not null => "a list, such as [1, 2]",
            _ => $"a {type.Name}",
        };
        return new UsageException($"{path} is {found}; it must be {expected}");
    }

    private static IEnumerable<string> EnumNames(Type type) => Enum.GetNames(type).Select(JsonNamingPolicy.CamelCase.ConvertName);

    internal static Type? ElementOf(Type type) => type == typeof(string) ? null
        : type.IsArray ? type.GetElementType()
        : new[] { type }.Concat(type.GetInterfaces()).FirstOrDefault(t => t.IsGenericType && t.GetGenericTypeDefinition() == typeof(IEnumerable<>))?.GetGenericArguments()[0];

    internal static bool IsRecord(Type type) => type.IsClass && type != typeof(string) && type.GetMethod("<Clone>$") is not null;

    // Base first, as the records are written.
    internal static List<PropertyInfo> Properties(Type type) =>
        [.. type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(p => p is { CanRead: true, CanWrite: true } && p.GetIndexParameters().Length == 0)
            .OrderBy(p => Depth(p.DeclaringType!)).ThenBy(p => p.MetadataToken)];

    /// <summary>The members of a family of options with their defaults; null for what belongs to none, or is one of them already.</summary>
    internal static IReadOnlyList<(string Name, object Defaults)>? MembersOf(Type type) =>
        Families.Find(f => f.Base == type) is { } family ? [.. family.Names().Select(n => (n, family.Defaults(n)))] : null;

    private static int Depth(Type type) => type.BaseType is { } b ? 1 + Depth(b) : 0;

    internal static string Key(PropertyInfo property) => JsonNamingPolicy.CamelCase.ConvertName(property.Name);

    private static string Join(string path, string key) => path.Length == 0 ? key : $"{path}.{key}";

    // Sizes are written as on the command line: "128x128".
    private sealed class ExtentConverter : JsonConverter<Extent>
    {
        public override Extent Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            try
            {
                return Extent.Parse(reader.GetString() ?? "");
            }
            catch (SegSharpException e)
            {
                throw new JsonException(e.Message, e);
            }
        }

        public override void Write(Utf8JsonWriter writer, Extent value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());
    }

    private sealed record Family(Type Base, Func<IEnumerable<string>> Names, Func<string, object> Defaults, Func<Type, string> NameOf)
    {
        public static Family Of<TOptions, T>(Catalogue<T> catalogue) =>
            new(typeof(TOptions), () => catalogue.Names, name => catalogue.Get(name).Defaults(), type => catalogue.GetByOptions(type).Name);
    }
}
