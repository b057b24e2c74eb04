using System.CommandLine;
using SegSharp.Cli.Terminal;
using SegSharp.Data.Coco;
using SegSharp.Data.Import;

namespace SegSharp.Cli.Verbs;

internal static class DataImportCocoVerb
{
    public static Command Create()
    {
        var source = new Argument<string>("SRC") { Description = "COCO's JSON file (instances or panoptic), or a folder that holds one" };
        var destination = new Argument<string>("DST") { Description = "folder of the data set to write" };
        var images = new Option<string?>("--images") { Description = "folder of the pictures (default: looked for around the file)", HelpName = "DIR" };
        var masks = new Option<string?>("--masks") { Description = "folder of panoptic PNGs (default: beside the file, under its name)", HelpName = "DIR" };
        var categories = new Option<string?>("--categories") { Description = "keep these, by name, id or supercategory; labels 1, 2, … in this order (default: all, labels are their ids)", HelpName = "NAMES" };
        var groups = new Option<bool>("--supercategories") { Description = "one label for every supercategory" };
        var crowd = new Option<CrowdRule>("--crowd") { Description = "regions of many objects: ignore (a label that nothing counts), foreground or drop", HelpName = "RULE" };
        var overlap = new Option<OverlapRule>("--overlap") { Description = "who keeps a pixel that several claim: smallest, last or first in the file", HelpName = "RULE" };
        var instances = new Option<bool>("--instances") { Description = "also number the objects, in instancesTr" };
        var two = new Option<bool>("--two-channels") { Description = "the PNGs hold category and number of the object in red and green" };
        var colours = new Option<PictureColours>("--colours") { Description = "rgb, grey, or auto (grey where no picture has colours)", HelpName = "WHICH", DefaultValueFactory = _ => PictureColours.Rgb };
        var verb = new Command("coco", "pictures with COCO's annotations: polygons, runs, crowds, panoptic PNGs")
        {
            source, destination, images, masks, categories, groups, crowd, overlap, instances, two, colours,
        };
        verb.SetAction((args, cancel) => Verb.Run(args, cancel, context => DataVerb.ShowImported(
            context,
            CocoImporter.Import(
                args.GetRequiredValue(source),
                args.GetRequiredValue(destination),
                new CocoImportOptions
                {
                    Images = args.GetValue(images),
                    Masks = args.GetValue(masks),
                    Categories = args.GetValue(categories)?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries),
                    BySupercategory = args.GetValue(groups),
                    Crowd = args.GetValue(crowd),
                    Overlap = args.GetValue(overlap),
                    Instances = args.GetValue(instances),
                    TwoChannels = args.GetValue(two),
                    Colours = args.GetValue(colours),
                },
                context.Overwrite,
                context.On,
                context.Cancel))));
        return verb;
    }
}
