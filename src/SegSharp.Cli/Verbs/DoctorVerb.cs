using System.CommandLine;
using SegSharp.Cli.Terminal;

namespace SegSharp.Cli.Verbs;

internal static class DoctorVerb
{
    public static Command Create()
    {
        var verb = new Command("doctor", "versions, devices, cores, memory, native parts, and what to do about what is missing");
        verb.SetAction((args, cancel) => Verb.Run(args, cancel, context =>
        {
            var health = Health.Examine();
            context.Show(health.ToDocument());
            return health.IsWell ? ExitCode.Done : ExitCode.Failed;
        }));
        return verb;
    }
}
