using System.Text.Json;
using SegSharp.Foundation;
using SegSharp.Imaging;

namespace SegSharp.Data.Import;

/// <summary>Copies a data set in nnU-Net's own layout, v2 or v1, with its test cases, label maps and splits; every grid and label is looked at on the way.</summary>
/// <remarks>Source: nnU-Net, documentation of the data set format. A folder of v2 needs no import to be used; a copy gathers what <c>dataset.json</c> takes from elsewhere.</remarks>
public static class NnUnetImporter
{
    /// <summary>Copies a data set.</summary>
    /// <param name="source">Folder with <c>dataset.json</c>, <c>imagesTr/CASE_0000.ext</c> and <c>labelsTr</c>.</param>
    /// <param name="target">The data set's folder.</param>
    /// <param name="overwrite">Replace a data set that lies there.</param>
    /// <param name="on">Hears progress and remarks.</param>
    /// <param name="cancel">Stops between two cases and leaves nothing behind.</param>
    /// <returns>The copy.</returns>
    /// <exception cref="InputException">No data set, a file is missing or unreadable, grids differ, a label is not in the list, a case in both train and val.</exception>
    public static DataSet Import(string source, string target, bool overwrite = false, Action<RunEvent>? on = null, CancellationToken cancel = default)
    {
        DataSetWriter.CheckPlace(target, overwrite);
        var from = Open(source, on);
        var splits = from.StoredSplits();
        for (var k = 0; k < (splits?.Count ?? 0); k++)
        {
            if (splits![k].Shared is { } shared)
            {
                throw new InputException(
                    $"fold {k} in '{Path.Combine(source, SplitsFile.Name)}' has case '{shared}' in both train and val, so its validation would measure what was learnt",
                    "take it out of one, or remove the file and write splits after the import: segsharp data split DST");
            }
        }

        using var writer = new DataSetWriter(target, from.Description with { ExplicitCases = null, TrainingCases = null }, overwrite);
        var all = from.Cases.Concat(from.TestCases).ToList();
        for (var i = 0; i < all.Count; i++)
        {
            cancel.ThrowIfCancellationRequested();
            Add(writer, from, all[i], test: i >= from.Cases.Count);
            on?.Invoke(new Progressed("import", i + 1, all.Count, all[i].Id));
        }

        if (splits is not null)
        {
            writer.AddSplits(splits);
        }

        writer.Complete(on);
        return DataSet.Open(target);
    }

    private static void Add(DataSetWriter writer, DataSet from, Case @case, bool test)
    {
        // A colour picture holds its channels in one file.
        if (@case.Channels.Count == from.ChannelCount)
        {
            writer.AddFiles(@case.Id, @case.Channels, @case.Label, test: test);
            return;
        }

        var loaded = from.Read(@case);
        if (test)
        {
            writer.AddTest(@case.Id, loaded.Image, loaded.Labels);
        }
        else
        {
            writer.Add(@case.Id, loaded.Image, loaded.Labels!);
        }
    }

    private static DataSet Open(string source, Action<RunEvent>? on)
    {
        var file = Path.Combine(source, DataSetDescription.FileName);
        if (File.Exists(file))
        {
            JsonDocument json;
            try
            {
                json = JsonDocument.Parse(File.ReadAllBytes(file), new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
            }
            catch (JsonException)
            {
                return DataSet.Open(source);        // which says what is wrong with it
            }

            using (json)
            {
                if (json.RootElement.ValueKind == JsonValueKind.Object && !json.RootElement.TryGetProperty("file_ending", out _) && json.RootElement.TryGetProperty("modality", out _))
                {
                    on?.Invoke(new Noted("the data set is of nnU-Net v1: it gets channel_names and file_ending"));
                    return DataSet.Open(source, DataSetDescription.ReadDecathlon(json.RootElement, file));
                }
            }
        }

        return DataSet.Open(source);
    }
}
