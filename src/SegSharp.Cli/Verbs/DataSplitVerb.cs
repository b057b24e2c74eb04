using System.CommandLine;
using SegSharp.Cli.Terminal;
using SegSharp.Data;
using SegSharp.Foundation;

namespace SegSharp.Cli.Verbs;

internal static class DataSplitVerb
{
    public static Command Create()
    {
        var folder = new Argument<string>("DIR") { Description = "data set" };
        var folds = new Option<int?>("--folds") { Description = "cross-validation with this many folds, the same cases as nnU-Net (default: 5)", HelpName = "K" };
        var validation = new Option<string?>("--validation") { Description = $"one split: {Validation.Forms}", HelpName = "RULE" };
        var by = new Option<string?>("--by") { Description = "patient: all slices and visits of a patient on one side", HelpName = "WHAT" };
        var patient = new Option<string?>("--patient") { Description = "regular expression for the patient in a case's name, with --by patient (default: the names of BraTS and BIDS, slices, visits)", HelpName = "REGEX" };
        var check = new Option<bool>("--no-leak-check") { Description = "do not read the images to see whether one stands on both sides" };
        var show = new Option<bool>("--show") { Description = $"write nothing: print the splits of {SplitsFile.Name} and who is in them" };
        var verb = new Command("split", $"writes {SplitsFile.Name} and looks for images on both sides") { folder, folds, validation, by, patient, check, show };
        verb.SetAction((args, cancel) => Verb.Run(args, cancel, context =>
        {
            if (args.GetValue(folds) is not null && args.GetValue(validation) is not null)
            {
                throw new UsageException("--folds and --validation exclude each other", "give one of the two");
            }

            if (args.GetValue(by) is { } what && what != "patient")
            {
                throw UsageException.Unknown("way to split", what, ["patient"]);
            }

            var rule = args.GetValue(patient) is { } pattern ? PatientRule.Parse(pattern)
                : args.GetValue(by) is not null ? PatientRule.Usual
                : null;
            var data = DataSet.Open(args.GetRequiredValue(folder));
            var file = Path.Combine(data.Folder, SplitsFile.Name);
            if (args.GetValue(show))
            {
                var stored = data.StoredSplits() ?? throw new InputException($"'{data.Folder}' has no {SplitsFile.Name}", $"segsharp data split {data.Folder}");
                ShowSplits(context, data, file, stored, rule);
                return;
            }

            if (File.Exists(file) && !context.Overwrite)
            {
                throw new InputException($"'{file}' exists already", "add --overwrite to replace it");
            }

            IReadOnlyList<Split> Divide(IReadOnlyList<string> names) => args.GetValue(validation) is { } rule
                ? [Validation.Parse(rule, context.Seed).Of(names)]
                : Folds.Of(names, args.GetValue(folds) ?? 5);
            var splits = rule is null ? Divide(data.Ids) : rule.Divide(data.Ids, Divide);
            if (!args.GetValue(check))
            {
                foreach (var leak in LeakCheck.Find(data, splits, rule, context.On, context.Cancel))
                {
                    context.On(new Warned(leak.Describe()));
                }
            }

            SplitsFile.Write(file, splits);
            ShowSplits(context, data, file, splits, rule);
        }));
        return verb;
    }

    private static void ShowSplits(VerbContext context, DataSet data, string file, IReadOnlyList<Split> splits, PatientRule? rule)
    {
        var table = new Table(new("fold", "fold"), new("training", "training"), new("validation", "validation"), new("cases", "validation cases"));
        for (var i = 0; i < splits.Count; i++)
        {
            table.Add(i, splits[i].Training.Count, splits[i].Validation.Count, splits[i].Validation);
        }

        const int few = 5;
        var document = new Document()
            .With("file", "splits", file)
            .With("firstTraining", "first to train", splits.Count == 0 ? [] : splits[0].Training.Take(few))
            .With("test", "test cases", data.TestCases.Count, $"{data.TestCases.Count}{(data.TestCases.Count == 0 ? "" : ": ")}{string.Join(", ", data.TestCases.Take(few).Select(t => t.Id))}");
        if (rule is not null)
        {
            document.With("patients", "patients", data.Ids.Select(rule.PatientOf).Distinct(StringComparer.Ordinal).Count());
        }

        context.Show(document.With("folds", table));
    }
}
