using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using SegSharp.Foundation;

namespace SegSharp.Augmentation;

/// <summary>What was drawn, as JSON and back: <c>{ "step": "rotation", "degrees": 12.5, … }</c>. Numbers are written so that the same bits come back.</summary>
/// <remarks>Every sealed <see cref="Drawn"/> of this library is known by the name of its record in camelCase; a new one needs no line here.</remarks>
public static class DrawnJson
{
    private static readonly Dictionary<string, Type> Steps = typeof(Drawn).Assembly.GetTypes()
        .Where(t => t.IsSealed && t.IsSubclassOf(typeof(Drawn)))
        .ToDictionary(t => JsonNamingPolicy.CamelCase.ConvertName(t.Name), StringComparer.Ordinal);

    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectRequiredConstructorParameters = true,
        RespectNullableAnnotations = true,
        AllowOutOfOrderMetadataProperties = true,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false) },
        TypeInfoResolver = new DefaultJsonTypeInfoResolver { Modifiers = { Name } },
    };

    /// <summary>The names of all steps.</summary>
    public static IEnumerable<string> Names => Steps.Keys.Order(StringComparer.Ordinal);

    /// <summary>The name of a step: <c>rotation</c>.</summary>
    public static string NameOf(Drawn drawn) => JsonNamingPolicy.CamelCase.ConvertName(drawn.GetType().Name);

    /// <summary>One step as an object.</summary>
    public static JsonObject Write(Drawn drawn) => (JsonObject)JsonSerializer.SerializeToNode(drawn, Options)!;

    /// <summary>One step from its object.</summary>
    /// <param name="json">As <see cref="Write"/> made it.</param>
    /// <param name="source">Where it stands, for messages.</param>
    /// <exception cref="InputException">No such step, or members that it does not have.</exception>
    public static Drawn Read(JsonNode? json, string source)
    {
        var name = (json as JsonObject)?["step"] is JsonValue v && v.GetValueKind() == JsonValueKind.String ? v.GetValue<string>() : null;
        if (name is null || !Steps.ContainsKey(name))
        {
            throw new InputException($"'{source}' holds {(name is null ? "an entry without a step" : $"a step '{name}'")}; known: {string.Join(", ", Names)}", "use a file that augment --record wrote");
        }

        if (NotFinite(json) is { } number)
        {
            throw new InputException($"'{source}' holds a step '{name}' with {number}, which is no finite number", "use a file that augment --record wrote");
        }

        try
        {
            return json!.Deserialize<Drawn>(Options)!;
        }
        catch (Exception e) when (e is JsonException or NotSupportedException or ArgumentException or InvalidOperationException or FormatException or OverflowException or NullReferenceException or IndexOutOfRangeException or SegSharpException)
        {
            throw new InputException($"'{source}' holds a step '{name}' that cannot be read: {e.Message.TrimEnd('.')}", "use a file that augment --record wrote", e);
        }
    }

    // The writer has words for these; no step draws them. A number such as 1e999 becomes one of them as it is read.
    private static string? NotFinite(JsonNode? json) => json switch
    {
        JsonObject o => o.Select(p => NotFinite(p.Value)).FirstOrDefault(n => n is not null),
        JsonArray a => a.Select(NotFinite).FirstOrDefault(n => n is not null),
        JsonValue v when v.GetValueKind() == JsonValueKind.String && v.GetValue<string>() is "NaN" or "Infinity" or "-Infinity" => v.GetValue<string>(),
        JsonValue v when v.GetValueKind() == JsonValueKind.Number && double.TryParse(v.ToJsonString(), NumberStyles.Float, CultureInfo.InvariantCulture, out var d) && !double.IsFinite(d) => v.ToJsonString(),
        _ => null,
    };

    private static void Name(JsonTypeInfo info)
    {
        if (info.Type != typeof(Drawn))
        {
            return;
        }

        info.PolymorphismOptions = new JsonPolymorphismOptions { TypeDiscriminatorPropertyName = "step", UnknownDerivedTypeHandling = JsonUnknownDerivedTypeHandling.FailSerialization };
        foreach (var (name, type) in Steps)
        {
            info.PolymorphismOptions.DerivedTypes.Add(new JsonDerivedType(type, name));
        }
    }
}
