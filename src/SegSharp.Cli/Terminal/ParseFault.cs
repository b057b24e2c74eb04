using System.CommandLine;
using System.CommandLine.Parsing;
using SegSharp.Foundation;

namespace SegSharp.Cli.Terminal;

/// <summary>Turns what the parser found wrong into one sentence in our words.</summary>
internal static class ParseFault
{
    public static SegSharpException Explain(ParseResult parse)
    {
        var command = parse.CommandResult.Command;
        var missing = parse.Errors.Select(e => e.SymbolResult).OfType<ArgumentResult>().FirstOrDefault(IsMissingFile);
        if (parse.UnmatchedTokens.Count > 0)
        {
            return Unmatched(parse, command, parse.UnmatchedTokens[0]);
        }

        if (missing is not null)
        {
            var path = missing.Tokens.Select(t => t.Value).First(p => !Path.Exists(p));
            return new InputException($"there is no file or folder '{path}'");
        }

        if (command.Subcommands.Count > 0 && command.Action is null)
        {
            var kind = IsRoot(parse) ? "verb" : $"'{PathOf(parse)}' verb";
            return new UsageException(
                $"{(IsRoot(parse) ? "a verb" : $"a {kind}")} is missing; known: {string.Join(", ", VerbsOf(command))}",
                fix: $"{PathOf(parse)} --help");
        }

        return new UsageException(Sentence(parse.Errors[0], parse), fix: $"{PathOf(parse)} --help");
    }

    private static UsageException Unmatched(ParseResult parse, Command command, string token)
    {
        if (token.StartsWith('-'))
        {
            return UsageException.Unknown("option", token.Split('=')[0], OptionsOf(parse));
        }

        return command.Subcommands.Count > 0
            ? UsageException.Unknown(IsRoot(parse) ? "verb" : $"verb after '{PathOf(parse)}'", token, VerbsOf(command))
            : new UsageException($"'{PathOf(parse)}' takes no further argument; found '{token}'", fix: $"{PathOf(parse)} --help");
    }

    private static string Sentence(ParseError error, ParseResult parse)
    {
        switch (error.SymbolResult)
        {
            // Our own validators speak in sentences that begin with the option.
            case OptionResult when error.Message.StartsWith("option ", StringComparison.Ordinal):
                return error.Message;
            case OptionResult { Tokens: [] } option:
                return $"option '{option.Option.Name}' needs a value";
            case OptionResult { Tokens: [var token] } option when Expected(option.Option.ValueType) is { } expected:
                return $"option '{option.Option.Name}' is '{token.Value}'; it must be {expected}";
            case ArgumentResult { Tokens: [], Parent: CommandResult } argument:
                return $"'{PathOf(parse)}' needs {argument.Argument.Name}";
            case ArgumentResult { Parent: OptionResult option, Tokens: [var token, ..] } argument when Expected(argument.Argument.ValueType) is { } expected:
                return $"option '{option.Option.Name}' is '{token.Value}'; it must be {expected}";
            case CommandResult when parse.CommandResult.Children.OfType<ArgumentResult>().FirstOrDefault(a => a.Tokens.Count < a.Argument.Arity.MinimumNumberOfValues) is { } argument:
                return $"'{PathOf(parse)}' needs {argument.Argument.Name}";
            default:
                return error.Message.ReplaceLineEndings(" ").TrimEnd('.');
        }
    }

    private static string? Expected(Type type)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        return type == typeof(int) || type == typeof(long) ? "a whole number"
            : type == typeof(double) || type == typeof(float) ? "a number"
            : type == typeof(bool) ? "true or false"
            : null;
    }

    private static bool IsMissingFile(ArgumentResult result)
    {
        var type = result.Argument.ValueType;
        type = type.IsArray ? type.GetElementType()! : type;
        return typeof(FileSystemInfo).IsAssignableFrom(type) && result.Tokens.Any(t => !Path.Exists(t.Value));
    }

    private static bool IsRoot(ParseResult parse) => parse.CommandResult.Parent is null;

    private static IEnumerable<string> VerbsOf(Command command) => command.Subcommands.Where(c => !c.Hidden).Select(c => c.Name);

    private static IEnumerable<string> OptionsOf(ParseResult parse)
    {
        var own = parse.CommandResult.Command.Options.AsEnumerable();
        for (var above = parse.CommandResult.Parent as CommandResult; above is not null; above = above.Parent as CommandResult)
        {
            own = own.Concat(above.Command.Options.Where(o => o.Recursive));
        }

        return own.Where(o => !o.Hidden).Select(o => o.Name).Distinct(StringComparer.Ordinal);
    }

    /// <summary>The verb as it was typed, such as <c>segsharp data import</c>.</summary>
    private static string PathOf(ParseResult parse)
    {
        var names = new Stack<string>();
        for (SymbolResult? at = parse.CommandResult; at is CommandResult command; at = at.Parent)
        {
            names.Push(command.Command.Name);
        }

        return string.Join(' ', names);
    }
}
