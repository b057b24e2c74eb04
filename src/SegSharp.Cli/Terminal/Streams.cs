namespace SegSharp.Cli.Terminal;

/// <summary>Where results go and where everything else goes.</summary>
/// <param name="Out">Results.</param>
/// <param name="Error">Progress, warnings, remarks, errors.</param>
/// <param name="OutInk">Colours for <paramref name="Out"/>.</param>
/// <param name="ErrorInk">Colours for <paramref name="Error"/>.</param>
/// <param name="ErrorIsTerminal">Whether a person watches <paramref name="Error"/>, so that a line may be redrawn in place.</param>
internal sealed record Streams(TextWriter Out, TextWriter Error, Ink OutInk, Ink ErrorInk, bool ErrorIsTerminal)
{
    /// <summary>The streams of this process.</summary>
    public static Streams OfProcess { get; } = new(
        Console.Out,
        Console.Error,
        Ink.For(Console.IsOutputRedirected),
        Ink.For(Console.IsErrorRedirected),
        !Console.IsErrorRedirected && !IsDumb);

    private static bool IsDumb => Environment.GetEnvironmentVariable("TERM") is null or "" or "dumb";
}
