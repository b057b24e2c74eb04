using System.CommandLine;
using SegSharp.Cli.Terminal;
using SegSharp.Data.Download;
using SegSharp.Foundation;

namespace SegSharp.Cli.Verbs;

internal static class DataGetVerb
{
    public static Command Create()
    {
        var name = new Argument<string?>("NAME") { Description = "data set: isbi2012, dsb2018, drive, msd/Task04_Hippocampus …; none lists them all", Arity = ArgumentArity.ZeroOrOne };
        var target = new Argument<string?>("DST") { Description = "folder of the data set to write", Arity = ArgumentArity.ZeroOrOne };
        var from = new Option<string?>("--from") { Description = "an archive, a folder or an address instead of the usual one; for data sets that want an account", HelpName = "FILE|URL" };
        var folder = new Option<string?>("--downloads") { Description = "where archives are kept (default: downloads beside DST)", HelpName = "DIR" };
        var verb = new Command("get", "downloads a public data set, resumable and verified, and imports it") { name, target, from, folder };
        verb.SetAction((args, cancel) => Verb.Run(args, cancel, context =>
        {
            if (args.GetValue(name) is not { } wanted)
            {
                context.Show(List());
                return;
            }

            var data = PublicDataSet.Of(wanted);
            var place = args.GetValue(target) ?? throw new UsageException("data get lacks DST, the folder of the data set to write", $"segsharp data get {wanted} out/{wanted.Split('/')[^1]}");
            var options = new GetOptions { From = args.GetValue(from), Folder = args.GetValue(folder) };
            DataVerb.ShowImported(context, data.Get(place, options, context.Overwrite, context.On, context.Cancel));
        }));
        return verb;
    }

    private static Document List()
    {
        var table = new Table(new("name", "name"), new("size", "archive"), new("account", "account"), new("checksum", "checksum"), new("title", "what it is"), new("terms", "terms"), new("page", "page"));
        foreach (var d in PublicDataSet.All)
        {
            table.Add(d.Name, d.Size, d.Address is null ? "yes" : "no", d.Checksum is { } c ? $"{(c.Md5 ? "MD5" : "SHA-256")}, stated by {c.StatedBy}" : "recorded at the first download", d.Title, d.Terms, $"{d.Page}");
        }

        return new Document().With("dataSets", table);
    }
}
