using System.Text.Json.Nodes;
using SegSharp.Testing;
using Xunit;

namespace SegSharp.EndToEndTests;

/// <summary>`lesson` lists, shows, checks, writes skeletons and draws.</summary>
public sealed class LessonVerbTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("segsharp-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void List_has_every_document_and_loads_no_native_library()
    {
        var result = CliRunner.Run("lesson", "list", "--json");

        Assert.Equal(0, result.ExitCode);
        var lessons = result.Json["lessons"]!.AsArray();
        Assert.Equal(["kings", "lecture", "notebook", "notes", "practical"], lessons.Select(l => (string)l!["source"]!).Distinct().Order(StringComparer.Ordinal));
        Assert.All(lessons, l => Assert.Equal(Required("lesson-list", "properties", "lessons", "items"), l!.AsObject().Select(p => p.Key)));
    }

    [Fact]
    public void Show_keeps_hints_and_the_solution_to_itself_until_asked()
    {
        var plain = CliRunner.Run("lesson", "show", "K0-Q1.3");
        var all = CliRunner.Run("lesson", "show", "k0 q1.3", "--hints", "--solution", "--json");

        Assert.Equal(0, plain.ExitCode);
        Assert.DoesNotContain("80", plain.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("Hint:", plain.Out, StringComparison.Ordinal);
        Assert.StartsWith("parameters of conv1_down: 80 (", (string?)all.Json["solution"], StringComparison.Ordinal);
        Assert.Empty(Required("lesson-show").Except(all.Json.AsObject().Select(p => p.Key), StringComparer.Ordinal));
        Assert.Equal(Required("lesson-show-slip"), CliRunner.Run("lesson", "show", "E-03", "--json").Json.AsObject().Select(p => p.Key));
    }

    [Fact]
    public void Check_ends_with_0_when_right_and_with_1_when_wrong()
    {
        var right = CliRunner.Run("lesson", "check", "K0-Q1.3", "80");
        var wrong = CliRunner.Run("lesson", "check", "K0-Q1.3", "72", "--json");

        Assert.Equal((0, true), (right.ExitCode, right.Out.EndsWith("\nPASS K0-Q1.3\n", StringComparison.Ordinal)));
        Assert.Equal((1, false), (wrong.ExitCode, (bool?)wrong.Json["passed"]));
        Assert.Equal("72: those are the weights; each filter has a bias too", (string?)wrong.Json["verdicts"]![0]!["reason"]);
        Assert.Equal(Required("lesson-check"), wrong.Json.AsObject().Select(p => p.Key));
    }

    [Fact]
    public void A_skeleton_is_written_once_and_judged()
    {
        var file = Path.Combine(_folder, "dice.cs");

        var written = CliRunner.Run("lesson", "skeleton", "L3-EX-Dice", "--out", file, "--json");
        var again = CliRunner.Run("lesson", "skeleton", "L3-EX-Dice", "--out", file);
        var check = CliRunner.Run("lesson", "check", "L3-EX-Dice", file);

        Assert.Equal(Required("lesson-skeleton"), written.Json.AsObject().Select(p => p.Key));
        Assert.Equal((3, $"error: '{file}' is there already, perhaps with your work\nfix: another name, or --overwrite\n"), (again.ExitCode, again.Error));
        Assert.Equal(1, check.ExitCode);
        Assert.Contains("The method or operation is not implemented", check.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("while (true) { }", "not done after 8 s: a loop without end, perhaps; --limit N gives it N seconds", "8")]
    [InlineData("return 1 + Dice(a, b);", "the stack is full: a method calls itself without end", "100")]
    [InlineData("Console.WriteLine(1); Environment.Exit(0); return 0;", "it ended the process with code 0 before the check was done: leave Environment.Exit out", "100")]
    public void A_class_that_does_not_end_or_ends_the_process_has_failed(string body, string reason, string limit)
    {
        var file = Path.Combine(_folder, "dice.cs");
        File.WriteAllText(file, $"public static class Overlap {{ public static double Dice(bool[] a, bool[] b) {{ {body} }} }}");

        var check = CliRunner.Run("lesson", "check", "L3-EX-Dice", file, "--json", "--limit", limit);

        Assert.Equal((1, false), (check.ExitCode, (bool?)check.Json["passed"]));
        Assert.Equal(reason, (string?)check.Json["verdicts"]![0]!["reason"]);
    }

    [Fact]
    public void Figure_draws_and_says_its_numbers()
    {
        var file = Path.Combine(_folder, "kings.svg");

        var result = CliRunner.Run("lesson", "figure", "FIG-K0-1", "--out", file, "--json");

        Assert.Equal(0, result.ExitCode);
        Assert.StartsWith("<svg", File.ReadAllText(file), StringComparison.Ordinal);
        Assert.Equal(Required("lesson-figure"), result.Json.AsObject().Select(p => p.Key));
        Assert.Contains(result.Json["numbers"]!.AsArray(), n => (string?)n!["name"] == "parameters" && (string?)n["value"] == "26970");
    }

    [Theory]
    [InlineData("lesson L3-VAE has no figure", "lesson", "figure", "L3-VAE", "--out", "x.svg")]
    [InlineData("lesson L3-VAE asks for no class", "lesson", "skeleton", "L3-VAE", "--out", "x.cs")]
    [InlineData("lesson FIG-K0-1 has no check: it is a figure", "lesson", "check", "FIG-K0-1")]
    public void What_a_lesson_lacks_is_told(string sentence, params string[] args)
    {
        var result = CliRunner.Run(args);

        Assert.Equal(2, result.ExitCode);
        Assert.StartsWith($"error: {sentence}\nfix: ", result.Error, StringComparison.Ordinal);
    }

    // What the schema promises, in its order.
    private static IEnumerable<string> Required(string schema, params string[] path)
    {
        var here = JsonNode.Parse(File.ReadAllText(Path.Combine(Repository.Root, "docs", "reference", "json", schema + ".schema.json")))!;
        foreach (var key in path)
        {
            here = here[key]!;
        }

        return here["required"]!.AsArray().Select(k => (string)k!);
    }
}
