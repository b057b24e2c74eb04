using System.CommandLine;
using SegSharp.Cli.Terminal;
using SegSharp.Data.Import;

namespace SegSharp.Cli.Verbs;

internal static class DataImportInstancesVerb
{
    public static Command Create()
    {
        var source = new Argument<string>("SRC") { Description = "folder with images/ and masks/ (one label image each), or with ID/images and ID/masks (one mask per object)" };
        var destination = new Argument<string>("DST") { Description = "folder of the data set to write" };
        var images = new Option<string?>("--images") { Description = "folder of the images (default: images, imagesTr …)", HelpName = "DIR" };
        var masks = new Option<string?>("--masks") { Description = "folder of the label images (default: masks, labels …)", HelpName = "DIR" };
        var target = new Option<ObjectTarget>("--target")
        {
            Description = "what to learn: binary; separated (a seam of background between touching objects); borders (label 2 between them); outlines (label 2 around each)",
            HelpName = "WHAT",
        };
        var name = new Option<string>("--name") { Description = "what an object is called", HelpName = "NAME", DefaultValueFactory = _ => "object" };
        var colours = new Option<PictureColours>("--colours") { Description = "auto (grey where no picture has colours), grey or rgb", HelpName = "WHICH" };
        var verb = new Command("instances", "pictures whose objects are told apart (cells, nuclei): numbered in one label image, or a mask for each")
        {
            source, destination, images, masks, target, name, colours,
        };
        verb.SetAction((args, cancel) => Verb.Run(args, cancel, context => DataVerb.ShowImported(
            context,
            InstancesImporter.Import(
                args.GetRequiredValue(source),
                args.GetRequiredValue(destination),
                new InstancesImportOptions
                {
                    Images = args.GetValue(images),
                    Masks = args.GetValue(masks),
                    Target = args.GetValue(target),
                    Name = args.GetRequiredValue(name),
                    Colours = args.GetValue(colours),
                },
                context.Overwrite,
                context.On,
                context.Cancel))));
        return verb;
    }
}
