using System.CommandLine;
using System.CommandLine.Parsing;

namespace SegSharp.Cli.Terminal;

/// <summary>The options that every verb takes.</summary>
internal static class CommonOptions
{
    public static readonly Option<bool> Json = new("--json")
    {
        Description = "print exactly one JSON document on standard output",
        Recursive = true,
    };

    public static readonly Option<bool> Quiet = new("--quiet")
    {
        Description = "no progress and no remarks",
        Recursive = true,
    };

    public static readonly Option<bool> Verbose = new("--verbose")
    {
        Description = "more remarks, and the stack trace of an error",
        Recursive = true,
    };

    public static readonly Option<bool> Overwrite = new("--overwrite")
    {
        Description = "do again what is already done",
        Recursive = true,
    };

    public static readonly Option<int?> Threads = new("--threads")
    {
        Description = "threads to compute with (default: the cores this process may use)",
        HelpName = "N",
        Recursive = true,
        Validators = { AtLeastOne },
    };

    public static readonly Option<string> Device = new("--device")
    {
        Description = "cpu, cuda, cuda:N or auto",
        HelpName = "DEVICE",
        DefaultValueFactory = _ => "auto",
        Recursive = true,
        Validators = { IsDevice },
    };

    public static readonly Option<long> Seed = new("--seed")
    {
        Description = "where all chance begins",
        HelpName = "N",
        DefaultValueFactory = _ => 0,
        Recursive = true,
    };

    /// <summary>All of them, in the order of the help.</summary>
    public static IReadOnlyList<Option> All { get; } = [Json, Quiet, Verbose, Overwrite, Threads, Device, Seed];

    private static void AtLeastOne(OptionResult result)
    {
        if (result.Tokens is [var token] && int.TryParse(token.Value, out var n) && n < 1)
        {
            result.AddError($"option '--threads' is {n}; it must be 1 or more");
        }
    }

    private static void IsDevice(OptionResult result)
    {
        if (result.Tokens is not [var token] || token.Value is "cpu" or "cuda" or "auto")
        {
            return;
        }

        if (!token.Value.StartsWith("cuda:", StringComparison.Ordinal) || !uint.TryParse(token.Value.AsSpan(5), out _))
        {
            result.AddError($"option '--device' is '{token.Value}'; it must be cpu, cuda, cuda:N or auto");
        }
    }
}
