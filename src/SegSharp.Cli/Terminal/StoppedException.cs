namespace SegSharp.Cli.Terminal;

/// <summary>Stopped by Ctrl-C or SIGTERM, with a way to go on that is not the same command again.</summary>
internal sealed class StoppedException(string fix, Exception inner) : OperationCanceledException("stopped", inner)
{
    /// <summary>How to go on.</summary>
    public string Fix { get; } = fix;
}
