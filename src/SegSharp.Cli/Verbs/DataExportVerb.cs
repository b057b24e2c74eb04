using System.CommandLine;
using SegSharp.Cli.Terminal;
using SegSharp.Data;
using SegSharp.Data.Coco;
using SegSharp.Foundation;

namespace SegSharp.Cli.Verbs;

internal static class DataExportVerb
{
    public static Command Create()
    {
        var folder = new Argument<string>("DIR") { Description = "data set of pictures" };
        var file = new Argument<string>("OUT") { Description = "the JSON file to write" };
        var polygons = new Option<bool>("--polygons") { Description = "outlines instead of compressed runs; filled again they give the same pixels" };
        var coco = new Command("coco", "COCO's annotations: an object each, with runs or polygons, box, area and category") { folder, file, polygons };
        coco.SetAction((args, cancel) => Verb.Run(args, cancel, context =>
        {
            var target = args.GetRequiredValue(file);
            if (File.Exists(target) && !context.Overwrite)
            {
                throw new UsageException($"'{target}' is there already", "choose another place, or --overwrite");
            }

            var data = DataSet.Open(args.GetRequiredValue(folder));
            var count = CocoExport.Write(data, target, args.GetValue(polygons), context.On, context.Cancel);
            context.Show(new Document().With("file", "file", target).With("images", "images", data.Cases.Count).With("annotations", "annotations", count));
        }));
        return new Command("export", "write a data set in another form") { coco };
    }
}
