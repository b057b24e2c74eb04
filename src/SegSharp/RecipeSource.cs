using System.Text.Json.Nodes;

namespace SegSharp;

/// <summary>A recipe that ships with SegSharp.</summary>
/// <param name="Name">What <c>--recipe</c> takes.</param>
/// <param name="About">The first sentence of its comment; empty where it has none.</param>
/// <param name="Text">JSON with comments, as it was written.</param>
public sealed record ShippedRecipe(string Name, string About, string Text);

/// <summary>Where recipes come from: a file, or one that ships, by its name.</summary>
/// <remarks>The recipes that ship are the files <c>examples/*.json</c>; they lie inside the assembly, so an installed SegSharp has them too.</remarks>
public static class RecipeSource
{
    private const string Folder = "recipes/";
    private static readonly Lazy<IReadOnlyList<ShippedRecipe>> All = new(Load);

    /// <summary>What ships, by name.</summary>
    public static IReadOnlyList<ShippedRecipe> Shipped => All.Value;

    /// <summary>The JSON of a recipe, as it was written: keys that it lacks are not filled in.</summary>
    /// <param name="nameOrFile">A file; else a name of <see cref="Shipped"/>.</param>
    /// <exception cref="InputException">A file that is unreadable or no JSON.</exception>
    /// <exception cref="UsageException">Neither a file nor a name; the names are listed, nearest first.</exception>
    public static JsonObject Json(string nameOrFile) => OptionsJson.Parse(Text(nameOrFile), nameOrFile);

    /// <summary>The text of a recipe, comments included.</summary>
    /// <inheritdoc cref="Json"/>
    public static string Text(string nameOrFile)
    {
        if (!File.Exists(nameOrFile))
        {
            if (Shipped.FirstOrDefault(r => r.Name == nameOrFile) is { } shipped)
            {
                return shipped.Text;
            }

            throw nameOrFile.EndsWith(".json", StringComparison.OrdinalIgnoreCase) || nameOrFile.Contains(Path.DirectorySeparatorChar)
                ? new InputException($"recipe '{nameOrFile}' is not there", $"a file, or a name: {string.Join(", ", Shipped.Select(r => r.Name))}")
                : UsageException.Unknown("recipe", nameOrFile, Shipped.Select(r => r.Name));
        }

        try
        {
            return File.ReadAllText(nameOrFile);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"cannot read recipe '{nameOrFile}': {e.Message.TrimEnd('.')}", "make the file readable", e);
        }
    }

    private static List<ShippedRecipe> Load()
    {
        var assembly = typeof(RecipeSource).Assembly;
        return
        [
            .. assembly.GetManifestResourceNames()
                .Where(n => n.StartsWith(Folder, StringComparison.Ordinal))
                .Order(StringComparer.Ordinal)
                .Select(n =>
                {
                    using var reader = new StreamReader(assembly.GetManifestResourceStream(n)!);
                    var text = reader.ReadToEnd();
                    return new ShippedRecipe(Path.GetFileNameWithoutExtension(n), AboutOf(text), text);
                }),
        ];
    }

    private static string AboutOf(string text) =>
        text.Split('\n').Select(l => l.Trim()).FirstOrDefault(l => l.StartsWith("//", StringComparison.Ordinal))?[2..].Trim() ?? "";
}
