using System.CommandLine;
using SegSharp.Cli.Terminal;
using SegSharp.Data;
using SegSharp.Data.Import;

namespace SegSharp.Cli.Verbs;

internal static class DataImportBidsVerb
{
    public static Command Create()
    {
        var source = new Argument<string>("SRC") { Description = "folder with dataset_description.json and sub-…" };
        var target = new Argument<string>("DST") { Description = "folder of the data set to write" };
        var suffixes = new Option<string?>("--suffixes") { Description = "images that become channels, in order, such as T1w,FLAIR (default: T1w)", HelpName = "LIST" };
        var derivative = new Option<string?>("--derivative") { Description = "folder below derivatives with the label maps (default: the only one that has any)", HelpName = "NAME" };
        var labels = new Option<string?>("--labels") { Description = "names of the labels, such as 1=lesion (default: those of *_dseg.tsv or of the masks)", HelpName = "LABELS" };
        var verb = new Command("bids", "BIDS: sub-*/[ses-*/]anat with label maps below derivatives (*_dseg, or *_label-NAME_mask)") { source, target, suffixes, derivative, labels };
        verb.SetAction((args, cancel) => Verb.Run(args, cancel, context =>
        {
            var usual = new BidsImportOptions();
            DataVerb.ShowImported(context, BidsImporter.Import(
                args.GetRequiredValue(source),
                args.GetRequiredValue(target),
                usual with
                {
                    Suffixes = args.GetValue(suffixes)?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) ?? usual.Suffixes,
                    Derivative = args.GetValue(derivative),
                    Labels = args.GetValue(labels) is { } text ? LabelList.Parse(text) : null,
                },
                context.Overwrite,
                context.On,
                context.Cancel));
        }));
        return verb;
    }
}
