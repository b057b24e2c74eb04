using System.Diagnostics;
using System.Globalization;

namespace SegSharp.Foundation;

/// <summary>
/// The moments at which a crash would find a file half done. They do nothing, unless a test has asked by <c>SEGSHARP_FAULT</c> for one of
/// them to end the process: <c>kill:N</c> kills it at the N-th, <c>full:N</c> lets the disk be full from the N-th on, <c>trace:FILE</c> lists them.
/// </summary>
internal static class WriteBoundary
{
    private const int NoSpace = 28;                                             // ENOSPC
    private static readonly (string Kind, string Value)? Plan = Environment.GetEnvironmentVariable("SEGSHARP_FAULT")?.Split(':', 2) is [var kind, var value] ? (kind, value) : null;
    private static readonly long At = long.TryParse(Plan?.Value, CultureInfo.InvariantCulture, out var n) ? n : long.MaxValue;
    private static readonly Lock Gate = new();
    private static long _passed;

    /// <summary>A boundary: what has just been done, and with which file.</summary>
    public static void Pass(string done, string file)
    {
        if (Plan is not { } plan)
        {
            return;
        }

        lock (Gate)
        {
            _passed++;
            switch (plan.Kind)
            {
                case "kill" when _passed == At:
                    Process.GetCurrentProcess().Kill();
                    break;
                case "full" when _passed >= At:
                    throw new IOException("No space left on device", NoSpace);
                case "trace":
                    File.AppendAllText(plan.Value, $"{done} {Path.GetFileName(file)}\n");
                    break;
            }
        }
    }

    /// <summary>Appends bytes to a file that grows, with a boundary before them, one in their midst and one behind them.</summary>
    public static void Append(Stream file, ReadOnlySpan<byte> bytes, string name)
    {
        Pass("append", name);
        var first = Plan is null ? bytes.Length : bytes.Length / 2;
        file.Write(bytes[..first]);
        if (first < bytes.Length)
        {
            file.Flush();
            Pass("tear", name);
            file.Write(bytes[first..]);
            file.Flush();
        }

        Pass("appended", name);
    }
}
