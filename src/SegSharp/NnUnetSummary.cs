using System.Globalization;
using System.Text;
using System.Text.Json;
using SegSharp.Foundation;
using SegSharp.Metrics;

namespace SegSharp;

/// <summary>Scores in the form of nnU-Net's <c>summary.json</c>, so that its tools and people's scripts read them.</summary>
/// <remarks>
/// Source: MIC-DKFZ/nnUNet 2.8.1, compute_metrics_on_folder. Parity: to 1e-9. As there, Dice and IoU are NaN where a region is empty on
/// both sides, left out of means, and written as the bare word NaN, which Python reads and strict JSON does not know; where only the
/// prediction or only the truth has the region they are 0.
/// </remarks>
public static class NnUnetSummary
{
    private static readonly string[] Names = ["Dice", "FN", "FP", "IoU", "TN", "TP", "n_pred", "n_ref"];

    /// <summary>Writes the file.</summary>
    /// <param name="path">Where.</param>
    /// <param name="scores">What was counted; the metrics in it do not matter.</param>
    /// <param name="files">Names of prediction and truth of each case; null writes the case's name.</param>
    /// <exception cref="SegSharpException">The file cannot be written.</exception>
    public static void Write(string path, Scores scores, IReadOnlyList<(string Prediction, string Truth)>? files = null) =>
        AtomicFile.WriteText(path, ToJson(scores, files));

    /// <summary>The file's text.</summary>
    /// <inheritdoc cref="Write"/>
    public static string ToJson(Scores scores, IReadOnlyList<(string Prediction, string Truth)>? files = null)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true, IndentSize = 4 }))
        {
            var means = scores.Regions.Select((region, r) => (Key: KeyOf(region), IsBackground: region.Labels is [0], Values: Mean(scores.Cases.Select(c => Values(c.Counts[r]))))).ToList();
            json.WriteStartObject();
            json.WritePropertyName("foreground_mean");
            WriteValues(json, Average([.. means.Where(m => !m.IsBackground).Select(m => m.Values)]));
            json.WriteStartObject("mean");
            foreach (var (key, _, values) in means.OrderBy(m => m.Key, StringComparer.Ordinal))
            {
                json.WritePropertyName(key);
                WriteValues(json, values);
            }

            json.WriteEndObject();
            json.WriteStartArray("metric_per_case");
            for (var i = 0; i < scores.Cases.Count; i++)
            {
                var one = scores.Cases[i];
                json.WriteStartObject();
                json.WriteStartObject("metrics");
                foreach (var (region, counts) in scores.Regions.Zip(one.Counts).OrderBy(p => KeyOf(p.First), StringComparer.Ordinal))
                {
                    json.WritePropertyName(KeyOf(region));
                    WriteValues(json, Values(counts));
                }

                json.WriteEndObject();
                json.WriteString("prediction_file", files?[i].Prediction ?? one.Case);
                json.WriteString("reference_file", files?[i].Truth ?? one.Case);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.ToArray()) + "\n";
    }

    /// <summary>A region as nnU-Net writes it: "3", or "(1, 2, 3)".</summary>
    public static string KeyOf(Region region) => region.Labels is [var label] ? $"{label}" : $"({string.Join(", ", region.Labels)})";

    private static double[] Values(ConfusionCounts c)
    {
        var union = c.TruePositives + c.FalsePositives + c.FalseNegatives;
        return
        [
            union == 0 ? double.NaN : 2.0 * c.TruePositives / (c.Predicted + c.Truth),
            c.FalseNegatives,
            c.FalsePositives,
            union == 0 ? double.NaN : (double)c.TruePositives / union,
            c.TrueNegatives,
            c.TruePositives,
            c.Predicted,
            c.Truth,
        ];
    }

    // Over cases: what is undefined is left out.
    private static double[] Mean(IEnumerable<double[]> cases)
    {
        var all = cases.ToList();
        return [.. Names.Select((_, v) => all.Select(c => c[v]).Where(x => !double.IsNaN(x)).DefaultIfEmpty(double.NaN).Average())];
    }

    // Over labels: one that is undefined everywhere makes the mean undefined.
    private static double[] Average(List<double[]> labels) => [.. Names.Select((_, v) => labels.Count == 0 ? double.NaN : labels.Average(l => l[v]))];

    private static void WriteValues(Utf8JsonWriter json, double[] values)
    {
        json.WriteStartObject();
        foreach (var (name, value) in Names.Zip(values))
        {
            json.WritePropertyName(name);
            if (double.IsNaN(value))
            {
                json.WriteRawValue("NaN", skipInputValidation: true);
            }
            else
            {
                json.WriteRawValue(value.ToString("R", CultureInfo.InvariantCulture));
            }
        }

        json.WriteEndObject();
    }
}
