namespace SegSharp.Cli.Terminal;

/// <summary>Stopped by Ctrl-C or SIGTERM, from a verb that knows how to go on.</summary>
internal sealed class StoppedException(string fix, Exception inner) : OperationCanceledException("stopped", inner)
{
    /// <summary>How to go on.</summary>
    public string Fix { get; } = fix;
}
