namespace SegSharp.Cli.Terminal;

/// <summary>What the process says to its caller when it ends.</summary>
internal static class ExitCode
{
    /// <summary>Everything asked for was done.</summary>
    public const int Done = 0;

    /// <summary>It could not be done: disk full, out of memory, a case failed.</summary>
    public const int Failed = 1;

    /// <summary>The command line itself is wrong.</summary>
    public const int Usage = 2;

    /// <summary>The input is bad.</summary>
    public const int Input = 3;

    /// <summary>Stopped by Ctrl-C or SIGTERM, with the state saved.</summary>
    public const int Stopped = 130;
}
