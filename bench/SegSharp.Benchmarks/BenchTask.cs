using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace SegSharp.Benchmarks;

/// <summary>One line of <c>bench/tasks.json</c>, which the peers in Python read as well.</summary>
internal sealed record BenchTask
{
    private static readonly JsonSerializerOptions Format = new(JsonSerializerDefaults.Web);

    /// <summary>What the tables call it.</summary>
    public required string Title { get; init; }

    /// <summary>"train", "predict", "load", "calls"; of a promptable network "embed" and "prompt"; without a network "read", "resample", "decide", "components", "distance", "surfaces" or "augment".</summary>
    public required string Kind { get; init; }

    /// <summary>2 or 3.</summary>
    public required int Dimensions { get; init; }

    /// <summary>Channels of the image.</summary>
    public required int InChannels { get; init; }

    /// <summary>Channels of the logits.</summary>
    public required int Classes { get; init; }

    /// <summary>Width of the first level.</summary>
    public required int Base { get; init; }

    /// <summary>Number of poolings.</summary>
    public required int Depth { get; init; }

    /// <summary>"bce" with positive weight 9, or "ce"; for training.</summary>
    public string Loss { get; init; } = "bce";

    /// <summary>[N, C, (D,) H, W].</summary>
    public required long[] Shape { get; init; }

    /// <summary>The same after resampling.</summary>
    public long[]? To { get; init; }

    /// <summary>Millimetres per voxel along [z, y, x].</summary>
    public double[] Spacing { get; init; } = [1, 1, 1];

    /// <summary>6, 18 or 26 neighbours; for components.</summary>
    public int Connectivity { get; init; } = 26;

    /// <summary>Of the surface Dice, in mm; for surfaces.</summary>
    public double Tolerance { get; init; } = 1;

    /// <summary>Distance of the nodes of the elastic grid, voxels; for augment.</summary>
    public int Nodes { get; init; } = 32;

    /// <summary>Steps of the peer before the timed ones; null: as many as ours. Peers that take a minute for a step have none.</summary>
    public int? PeerWarmUp { get; init; }

    /// <summary>Options of a network of the catalogue; null for the plain U-Net.</summary>
    public JsonObject? Network { get; init; }

    /// <summary>Timed steps of one process.</summary>
    public required int Steps { get; init; }

    /// <summary>Least ratio of the peer's time / ours that is aimed at; null where none is.</summary>
    public double? Target { get; init; }

    /// <summary>The same for bfloat16 against PyTorch's float32.</summary>
    [JsonPropertyName("bf16Target")]
    public double? BFloat16Target { get; init; }

    /// <summary>Largest ratio of our peak memory / the peer's that is aimed at.</summary>
    public double? MemoryTarget { get; init; }

    /// <summary>Whether precision, layout and BLAS make a difference.</summary>
    public bool IsNetwork => Kind is "train" or "predict";

    /// <summary>Whether it is a promptable network's; its peer is PyTorch with OpenBLAS.</summary>
    public bool IsPromptable => Kind is "embed" or "prompt";

    /// <summary>Whether it is done without libtorch; its peer is scipy, scikit-image or nibabel.</summary>
    public bool IsImaging => Kind is "read" or "resample" or "decide" or "components" or "distance" or "surfaces" or "augment";

    /// <summary>All tasks by name: the file's in its order, then every row of the catalogue as "catalogue-NAME".</summary>
    public static IReadOnlyDictionary<string, BenchTask> ReadAll()
    {
        var tasks = JsonSerializer.Deserialize<OrderedDictionary<string, BenchTask>>(File.ReadAllText(Path.Combine(Places.Bench, "tasks.json")), Format)!;
        foreach (var row in CatalogueRow.ReadAll())
        {
            tasks.Add(row.Task, new BenchTask
            {
                Title = row.Name,
                Kind = "train",
                Dimensions = row.Shape.Length - 2,
                InChannels = (int)row.Shape[1],
                Classes = row.Classes,
                Base = 0,
                Depth = 0,
                Loss = "ce",
                Shape = row.Shape,
                Network = row.WithoutDropout(),
                Steps = 5,
            });
        }

        return tasks;
    }
}
