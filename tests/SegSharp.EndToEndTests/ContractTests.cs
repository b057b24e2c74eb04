using System.Text.Json;
using System.Text.RegularExpressions;
using Xunit;

namespace SegSharp.EndToEndTests;

/// <summary>What every verb promises: two streams, exit codes, errors with a fix, one JSON document.</summary>
public sealed class ContractTests
{
    [Fact]
    public void Help_goes_to_standard_output_and_names_the_verbs()
    {
        var result = CliRunner.Run("--help");

        Assert.Equal(0, result.ExitCode);
        Assert.Equal("", result.Error);
        Assert.Contains("segsharp [command] [options]", result.Out, StringComparison.Ordinal);
        Assert.Contains("\n  doctor ", result.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_verb_has_the_common_options()
    {
        var result = CliRunner.Run("doctor", "--help");

        foreach (var option in new[] { "--json", "--quiet", "--verbose", "--overwrite", "--threads <N>", "--device <DEVICE>", "--seed <N>" })
        {
            Assert.Contains($"\n  {option} ", result.Out, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Version_is_one_line()
    {
        var result = CliRunner.Run("--version");

        Assert.Equal(0, result.ExitCode);
        Assert.Equal("", result.Error);
        Assert.Matches(@"^\d+\.\d+\.\d+[^\n]*\n$", result.Out);
    }

    [Fact]
    public void An_unknown_verb_lists_what_exists_nearest_first()
    {
        var result = CliRunner.Run("doctr");

        Assert.Equal(2, result.ExitCode);
        Assert.Equal("", result.Out);
        Assert.Matches(@"\Aerror: unknown verb 'doctr'; known: doctor(, [a-z]+)*\nfix: did you mean 'doctor'\?\n\z", result.Error);
    }

    [Fact]
    public void An_unknown_option_lists_what_exists_nearest_first()
    {
        var result = CliRunner.Run("doctor", "--threats", "2");

        Assert.Equal(2, result.ExitCode);
        Assert.Equal("", result.Out);
        Assert.Equal(
            "error: unknown option '--threats'; known: --threads, --help, --quiet, --seed, --verbose, --device, --json, --overwrite\n"
            + "fix: did you mean '--threads'?\n",
            result.Error);
    }

    [Theory]
    [InlineData("--threads", "two", "option '--threads' is 'two'; it must be a whole number")]
    [InlineData("--threads", "0", "option '--threads' is 0; it must be 1 or more")]
    [InlineData("--seed", "x", "option '--seed' is 'x'; it must be a whole number")]
    [InlineData("--device", "gpu", "option '--device' is 'gpu'; it must be cpu, cuda, cuda:N or auto")]
    [InlineData("--device", "cuda:-1", "option '--device' is 'cuda:-1'; it must be cpu, cuda, cuda:N or auto")]
    public void A_wrong_value_of_a_common_option_is_refused(string option, string value, string sentence)
    {
        var result = CliRunner.Run("doctor", option, value);

        Assert.Equal(2, result.ExitCode);
        Assert.Equal("", result.Out);
        Assert.Equal($"error: {sentence}\nfix: segsharp doctor --help\n", result.Error);
    }

    [Fact]
    public void An_option_without_its_value_is_refused()
    {
        var result = CliRunner.Run("doctor", "--threads");

        Assert.Equal(2, result.ExitCode);
        Assert.Equal("error: option '--threads' needs a value\nfix: segsharp doctor --help\n", result.Error);
    }

    [Fact]
    public void A_superfluous_argument_is_refused()
    {
        var result = CliRunner.Run("doctor", "all");

        Assert.Equal(2, result.ExitCode);
        Assert.Equal("error: 'segsharp doctor' takes no further argument; found 'all'\nfix: segsharp doctor --help\n", result.Error);
    }

    [Fact]
    public void No_verb_at_all_is_a_wrong_command_line()
    {
        var result = CliRunner.Run();

        Assert.Equal(2, result.ExitCode);
        Assert.Equal("", result.Out);
        Assert.Matches(@"\Aerror: a verb is missing; known: [a-z, ]+\nfix: segsharp --help\n\z", result.Error);
    }

    [Fact]
    public void An_error_with_json_is_a_document_too()
    {
        var result = CliRunner.Run("doctor", "--threads", "0", "--json");

        Assert.Equal(2, result.ExitCode);
        Assert.Equal("option '--threads' is 0; it must be 1 or more", (string?)result.Json["error"]);
        Assert.Equal("segsharp doctor --help", (string?)result.Json["fix"]);
        Assert.Equal(2, (int?)result.Json["exitCode"]);
    }

    [Fact]
    public void Json_is_exactly_one_document()
    {
        var result = CliRunner.Run("doctor", "--json");

        using var document = JsonDocument.Parse(result.Out);
        Assert.Equal(JsonValueKind.Object, document.RootElement.ValueKind);
    }

    [Theory]
    [InlineData("doctor")]
    [InlineData("doctor", "--nonsense")]
    public void Redirected_streams_carry_no_colour_codes(params string[] args)
    {
        var terminal = new Dictionary<string, string?>(StringComparer.Ordinal) { ["TERM"] = "xterm-256color", ["NO_COLOR"] = null };

        var result = CliRunner.Run(terminal, args);

        Assert.DoesNotContain('\e', result.Out);
        Assert.DoesNotContain('\e', result.Error);
    }

    [Theory]
    [InlineData("--help")]
    [InlineData("--version")]
    [InlineData("train", "--help")]
    [InlineData("nonsense")]
    public void What_does_not_compute_never_loads_libtorch(params string[] args)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "reads the trace of glibc's loader");
        var folder = Directory.CreateTempSubdirectory("segsharp-");
        try
        {
            var trace = Path.Combine(folder.FullName, "loader");

            CliRunner.Run(new Dictionary<string, string?>(StringComparer.Ordinal) { ["LD_DEBUG"] = "files", ["LD_DEBUG_OUTPUT"] = trace }, args);

            var loaded = string.Concat(folder.EnumerateFiles().Select(f => File.ReadAllText(f.FullName)));
            Assert.Contains("libhostfxr", loaded, StringComparison.Ordinal);
            Assert.DoesNotMatch(new Regex("libtorch|segsharp_torch|libcairo"), loaded);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void A_shell_that_completes_gets_the_verbs()
    {
        var result = CliRunner.Run("[suggest:3]", "doc");

        Assert.Equal(0, result.ExitCode);
        Assert.Equal("doctor\n", result.Out);
    }
}
