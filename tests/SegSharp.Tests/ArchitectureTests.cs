using System.Reflection;
using System.Xml.Linq;
using SegSharp.Foundation;
using SegSharp.Testing;
using SegSharp.Tests.Architecture;
using Xunit;

namespace SegSharp.Tests;

/// <summary>Holds the compiled assemblies against the tables of ARCHITECTURE.md and the rules of the house.</summary>
public sealed class ArchitectureTests
{
    /// <summary>Classes that are neither sealed nor abstract nor static, each with its reason.</summary>
    private static readonly Dictionary<string, string> MayBeInherited = new(StringComparer.Ordinal)
    {
        [typeof(SegSharpException).FullName!] = "is thrown itself and has the kinds InputException and UsageException",
    };

    private static readonly IReadOnlyDictionary<string, string[]> Projects = ArrowTable.Below("### Projects");

    private static readonly IReadOnlyDictionary<string, string[]> Rooms = ArrowTable.Below("### Rooms inside SegSharp");

    public static TheoryData<string> ProjectNames => [.. Projects.Keys];

    public static TheoryData<string> RoomNames => [.. Rooms.Keys];

    [Fact]
    public void The_document_lists_every_project()
    {
        var folders = Directory.GetFiles(Path.Combine(Repository.Root, "src"), "*.csproj", SearchOption.AllDirectories).Select(Path.GetFileNameWithoutExtension);

        Assert.Equal(folders.Order(StringComparer.Ordinal), Projects.Keys.Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(ProjectNames))]
    public void A_project_uses_only_what_its_row_allows(string project)
    {
        var used = Load(project).GetReferencedAssemblies().Select(a => a.Name!).Where(Projects.ContainsKey);

        Assert.Empty(used.Except(Projects[project], StringComparer.Ordinal));
    }

    [Fact]
    public void The_document_lists_every_room()
    {
        var folders = Directory.GetDirectories(Path.Combine(Repository.Root, "src", "SegSharp")).Select(Path.GetFileName).Where(f => f is not ("bin" or "obj"));

        Assert.Equal(folders.Order(StringComparer.Ordinal), Rooms.Keys.Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(RoomNames))]
    public void A_room_uses_only_what_its_row_allows(string room)
    {
        var allowed = Rooms[room].Append(room).Append("Foundation").ToHashSet(StringComparer.Ordinal);

        var arrows =
            from type in Load("SegSharp").GetTypes()
            where RoomOf(type) == room
            from used in TypeUses.TypesIn(type)
            where RoomOf(used) is { } other && !allowed.Contains(other)
            select $"{TypeUses.Written(type).Name} → {RoomOf(used)}.{TypeUses.Written(used).Name}";

        Assert.Empty(arrows.Distinct(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(ProjectNames))]
    public void No_library_calls_a_banned_symbol(string project)
    {
        var banned = BannedSymbols().Where(b => !b.AllowedIn.Contains(project)).ToList();

        var calls =
            from type in Load(project).GetTypes()
            from member in TypeUses.MembersIn(type)
            let name = $"{member.DeclaringType?.FullName}.{member.Name}"
            from symbol in banned
            where name == symbol.Name || member.DeclaringType?.FullName == symbol.Name
            select $"{TypeUses.Written(type).FullName} calls {name}: {symbol.Remedy}";

        Assert.Empty(calls.Distinct(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(ProjectNames))]
    public void Every_class_is_sealed_static_or_abstract(string project)
    {
        var open =
            from type in Load(project).GetTypes()
            where type.IsClass && !type.IsSealed && !type.IsAbstract && !TypeUses.IsGenerated(type)
            where !MayBeInherited.ContainsKey(type.FullName!)
            select type.FullName;

        Assert.Empty(open);
    }

    [Theory]
    [InlineData("Networks", "Network")]
    [InlineData("Losses", "Loss")]
    [InlineData("Augmentation", "Transform")]
    public void Every_algorithm_names_its_source(string room, string root)
    {
        var algorithms = Load("SegSharp").GetTypes()
            .Where(t => t is { IsPublic: true, IsAbstract: false } && RoomOf(t) == room && Bases(t).Any(b => b.Name == root))
            .ToList();
        var remarks = XDocument.Load(Path.Combine(AppContext.BaseDirectory, "SegSharp.xml")).Descendants("member")
            .Where(m => m.Value.Contains("Source:", StringComparison.Ordinal))
            .Select(m => (string?)m.Attribute("name"))
            .ToHashSet(StringComparer.Ordinal);

        Assert.NotEmpty(algorithms);
        Assert.Empty(algorithms.Where(t => !remarks.Contains($"T:{t.FullName}")).Select(t => t.FullName));
    }

    [Fact]
    public void Documents_name_only_files_that_exist()
    {
        var broken =
            from document in Directory.GetFiles(Repository.Root, "*.md").Concat(Directory.GetFiles(Path.Combine(Repository.Root, "docs"), "*.md", SearchOption.AllDirectories))
            from link in MarkdownLinks.In(File.ReadAllText(document))
            where !Path.Exists(Path.Combine(Path.GetDirectoryName(document)!, link))
            select $"{Path.GetRelativePath(Repository.Root, document)} → {link}";

        Assert.Empty(broken);
    }

    private static Assembly Load(string project) => Assembly.LoadFrom(Path.Combine(AppContext.BaseDirectory, project + ".dll"));

    // SegSharp.Losses.SoftDice lies in the room Losses; SegSharp.Torch.Tensor in Torch. What lies at the root is the front hall.
    private static string? RoomOf(Type type)
    {
        var words = TypeUses.Written(type).Namespace?.Split('.') ?? [];
        return words is ["SegSharp", var room, ..] ? room : words is ["SegSharp"] ? "SegSharp" : null;
    }

    private static IEnumerable<Type> Bases(Type type)
    {
        for (var at = type.BaseType; at is not null; at = at.BaseType)
        {
            yield return at;
        }
    }

    private static IEnumerable<(string Name, string Remedy, string[] AllowedIn)> BannedSymbols() =>
        from line in File.ReadLines(Path.Combine(Repository.Root, "eng", "BannedSymbols.txt"))
        where line.Length > 0 && line[0] != '#'
        let parts = line.Split(';', StringSplitOptions.TrimEntries)
        select (parts[0], parts[1], parts.Length > 2 ? parts[2].Split(' ') : []);
}
