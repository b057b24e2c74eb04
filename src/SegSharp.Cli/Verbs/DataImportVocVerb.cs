using System.CommandLine;
using SegSharp.Cli.Terminal;
using SegSharp.Data.Import;

namespace SegSharp.Cli.Verbs;

internal static class DataImportVocVerb
{
    public static Command Create()
    {
        var source = new Argument<string>("SRC") { Description = "folder with JPEGImages and SegmentationClass, or VOCdevkit above it" };
        var target = new Argument<string>("DST") { Description = "folder of the data set to write" };
        var objects = new Option<bool>("--objects") { Description = "also number the objects, from SegmentationObject, in instancesTr" };
        var verb = new Command("voc", "PASCAL VOC's layout: palette or coloured masks, void to be ignored, lists as the split") { source, target, objects };
        verb.SetAction((args, cancel) => Verb.Run(args, cancel, context => DataVerb.ShowImported(
            context,
            VocImporter.Import(args.GetRequiredValue(source), args.GetRequiredValue(target), args.GetValue(objects), context.Overwrite, context.On, context.Cancel))));
        return verb;
    }
}
