using System.CommandLine;
using System.Runtime.InteropServices;

namespace SegSharp.Cli.Terminal;

/// <summary>Runs the body of a verb: signals, progress, errors and the exit code are the same for all.</summary>
internal static class Verb
{
    /// <summary>Runs a body that either succeeds or throws.</summary>
    public static Task<int> Run(ParseResult args, CancellationToken cancel, Action<VerbContext> body) =>
        Run(args, cancel, context =>
        {
            body(context);
            return ExitCode.Done;
        });

    /// <summary>Runs a body that chooses its exit code, for verbs whose result can be "no": a case over its tolerance, a fault found.</summary>
    public static Task<int> Run(ParseResult args, CancellationToken cancel, Func<VerbContext, int> body)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var context = new VerbContext(args, Streams.OfProcess, stop.Token);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);

        return Task.FromResult(Guarded(context, body));

        // The first signal asks to stop and save; the second is left to the system, which kills.
        void Stop(PosixSignalContext signal)
        {
            if (!stop.IsCancellationRequested)
            {
                signal.Cancel = true;
                context.Progress.Clear();
                context.Say("stopping; once more kills");
                stop.Cancel();
            }
        }
    }

    private static int Guarded(VerbContext context, Func<VerbContext, int> body)
    {
        try
        {
            var code = body(context);
            context.Finish();
            return code;
        }
        catch (Exception e)
        {
            context.Progress.Clear();
            return Failure.Report(e, context.Streams, context.Json, context.Verbose);
        }
    }
}
