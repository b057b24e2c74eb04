using System.CommandLine;
using SegSharp.Cli.Terminal;
using SegSharp.Data;

namespace SegSharp.Cli.Verbs;

internal static class DataVerb
{
    public static Command Create() => new("data", "import, export, download, inspect, check, split and draw data sets")
    {
        DataImportVerb.Create(),
        DataExportVerb.Create(),
        DataInspectVerb.Create(),
        DataSplitVerb.Create(),
        DataCheckVerb.Create(),
        DataGetVerb.Create(),
        DataMakeVerb.Create(),
    };

    /// <summary>What every command shows that wrote a data set.</summary>
    internal static void ShowImported(VerbContext context, DataSet data) => context.Show(new Document()
        .With("dataSet", "data set", data.Folder)
        .With("cases", "cases", data.Cases.Count)
        .With("testCases", "test cases", data.TestCases.Count)
        .With("channels", "channels", data.Description.ChannelNames)
        .With("labels", "labels", data.Labels.Describe()));
}
