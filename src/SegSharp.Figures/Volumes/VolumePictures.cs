using System.Globalization;
using SegSharp.Figures.Drawing;
using SegSharp.Figures.Panels;
using SegSharp.Imaging;

namespace SegSharp.Figures.Volumes;

/// <summary>A volume to draw in a row of its own.</summary>
/// <param name="Title">Its name.</param>
/// <param name="Note">A second line: "worst, Dice 0.61"; null for none.</param>
/// <param name="Image">The image.</param>
/// <param name="Truth">Labels on the same grid, drawn solid; null for none.</param>
/// <param name="Prediction">Labels on the same grid, drawn dashed over the truth, solid without one; null for none.</param>
public sealed record VolumeCase(string? Title, string? Note, Volume Image, LabelMap? Truth = null, LabelMap? Prediction = null);

/// <summary>A label map and what it is called above its picture.</summary>
/// <param name="Name">"truth", "prediction", a model's name.</param>
/// <param name="Map">Labels on the image's grid.</param>
public sealed record VolumeLayer(string Name, LabelMap Map);

/// <summary>Figures of volumes, whatever the order and direction of their axes: cut along the nearest planes of the body, in radiological display and true proportions.</summary>
public static class VolumePictures
{
    private static readonly Plane[] _planes = [Plane.Axial, Plane.Coronal, Plane.Sagittal];

    /// <summary>Whether there is something to cut: more than one voxel along every axis, in a file that knows the sides of the body.</summary>
    public static bool IsVolume(Volume image) =>
        image.Extent is { Width: > 1, Height: > 1, Depth: > 1 } && VolumeScene.HasSides(image);

    /// <summary>The slice with the most labelled voxels, or the middle one where nothing is labelled.</summary>
    /// <param name="image">The image.</param>
    /// <param name="labels">Drawn as outlines; null for none.</param>
    /// <param name="plane">How the body is cut.</param>
    /// <param name="options">How it is drawn.</param>
    /// <exception cref="Foundation.InputException">The label map has another size than the image.</exception>
    /// <exception cref="Foundation.UsageException">The window or the channel does not exist.</exception>
    public static SliceView Slice(Volume image, LabelMap? labels, Plane plane, VolumeViewOptions? options = null) =>
        new VolumeScene(image, labels is null ? [] : [labels], options ?? new()).Cut(plane, labels, null);

    /// <summary>Three planes of every case: truth solid, prediction dashed.</summary>
    /// <param name="cases">One row each.</param>
    /// <param name="options">How they are drawn; <see cref="VolumeViewOptions.Centre"/> counts for every case.</param>
    /// <exception cref="Foundation.InputException">A label map has another size than its image.</exception>
    /// <exception cref="Foundation.UsageException">The window or the channel does not exist.</exception>
    public static VolumeFigure ThreePlanes(IReadOnlyList<VolumeCase> cases, VolumeViewOptions? options = null)
    {
        ArgumentOutOfRangeException.ThrowIfZero(cases.Count);
        options ??= new();
        var (rows, drawn, scenes) = (new List<VolumeRow>(), new SortedSet<int>(), new List<VolumeScene>());
        foreach (var one in cases)
        {
            var scene = new VolumeScene(one.Image, new[] { one.Truth, one.Prediction }.OfType<LabelMap>(), options);
            rows.Add(new(one.Title, one.Note, [.. _planes.Select(p => scene.Cut(p, one.Truth, one.Prediction))]));
            drawn.UnionWith(scene.Drawn);
            scenes.Add(scene);
        }

        return Figure([.. _planes.Select(VolumeScene.Name)], rows, options, drawn, scenes, cases.Any(c => c is { Truth: not null, Prediction: not null }));
    }

    /// <summary>Three planes, one row for the image alone and one for each label map.</summary>
    /// <param name="image">The image.</param>
    /// <param name="layers">Label maps.</param>
    /// <param name="options">How they are drawn.</param>
    /// <exception cref="Foundation.InputException">A label map has another size than its image.</exception>
    /// <exception cref="Foundation.UsageException">The window or the channel does not exist.</exception>
    public static VolumeFigure ThreePlanes(Volume image, IReadOnlyList<VolumeLayer> layers, VolumeViewOptions? options = null)
    {
        options ??= new();
        var scene = new VolumeScene(image, layers.Select(l => l.Map), options);
        List<VolumeRow> rows = [new("image", null, [.. _planes.Select(p => scene.Cut(p, null, null))])];
        rows.AddRange(layers.Select(l => new VolumeRow(l.Name, null, [.. _planes.Select(p => scene.Cut(p, l.Map, null))])));
        return Figure([.. _planes.Select(VolumeScene.Name)], rows, options, scene.Drawn, [scene], isCompared: false);
    }

    /// <summary>One slice side by side: the image alone, then with each label map.</summary>
    /// <param name="image">The image.</param>
    /// <param name="layers">Label maps.</param>
    /// <param name="plane">How the body is cut.</param>
    /// <param name="slice">Number of the slice along the file's own axis, from 0; null takes the one with the most labelled voxels.</param>
    /// <param name="options">How it is drawn.</param>
    /// <exception cref="Foundation.UsageException">There is no such slice, window or channel.</exception>
    /// <exception cref="Foundation.InputException">A label map has another size than the image.</exception>
    public static VolumeFigure SideBySide(Volume image, IReadOnlyList<VolumeLayer> layers, Plane plane, int? slice = null, VolumeViewOptions? options = null)
    {
        options ??= new();
        var scene = new VolumeScene(image, layers.Select(l => l.Map), options);
        List<SliceView> views = [slice is { } i ? scene.Cut(plane, i, null, null) : scene.Cut(plane, null, null)];
        views.AddRange(layers.Select(l => slice is { } at ? scene.Cut(plane, at, l.Map, null) : scene.Cut(plane, l.Map, null)));
        var head = scene.IsBody ? VolumeScene.Name(plane) : null;
        return Figure(["image", .. layers.Select(l => l.Name)], [new(head, null, views)], options, scene.Drawn, [scene], isCompared: false);
    }

    /// <summary>Many slices of one volume, from the feet, the back or the right on, spread evenly over the labelled part, or over the image where nothing is labelled.</summary>
    /// <param name="image">The image.</param>
    /// <param name="truth">Drawn solid; null for none.</param>
    /// <param name="prediction">Drawn dashed; null for none.</param>
    /// <param name="slices">Pictures to draw; fewer where there are fewer slices.</param>
    /// <param name="plane">How the body is cut.</param>
    /// <param name="options">How it is drawn.</param>
    /// <exception cref="Foundation.UsageException">No such window or channel.</exception>
    /// <exception cref="Foundation.InputException">A label map has another size than the image.</exception>
    public static MontageFigure Montage(Volume image, LabelMap? truth, LabelMap? prediction, int slices = 12, Plane plane = Plane.Axial, VolumeViewOptions? options = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(slices);
        options ??= new();
        var scene = new VolumeScene(image, new[] { truth, prediction }.OfType<LabelMap>(), options);
        var (low, high) = scene.Range(plane);
        var count = Math.Min(slices, high - low + 1);
        var cells = new List<(string, PanelCell)>();
        for (var i = 0; i < count; i++)
        {
            var at = count == 1 ? (low + high) / 2 : low + (int)Math.Round((double)i * (high - low) / (count - 1));
            var view = scene.Cut(plane, scene.Layout(plane).RunsUp ? at : low + high - at, truth, prediction);
            var parts = view.Place.Split(", ", 2);
            cells.Add(parts is [var voxel, var world] ? (world, new PanelCell(view, voxel)) : (parts[0], new PanelCell(view)));
        }

        return new MontageFigure(
            cells,
            truth is null || prediction is null ? options.Title : string.Join(": ", new[] { options.Title, "truth solid, prediction dashed" }.OfType<string>()),
            [.. Legend(options, scene.Drawn, isCompared: false).Select(e => (e.Name, e.Colour))],
            columns: count <= 5 ? count : ((int[])[5, 4, 6, 3]).FirstOrDefault(c => count % c == 0, 5),
            side: 170);
    }

    private static VolumeFigure Figure(
        IReadOnlyList<string> columns, IReadOnlyList<VolumeRow> rows, VolumeViewOptions options, IEnumerable<int> drawn, IReadOnlyList<VolumeScene> scenes, bool isCompared)
    {
        var windows = scenes.Select(s => s.Window.ToString()).Distinct().ToList();
        var window = windows.Count == 1 ? windows[0] : $"window {scenes[0].Window.Name} of each";
        var side = scenes.All(s => s.IsBody) ? "Radiological display: the patient's left is at the picture's right" : "";
        var notes = new List<string>();
        if (string.Join("; ", new[] { side, scenes.All(s => s.IsColour) ? "" : window }.Where(t => t.Length > 0)) is { Length: > 0 } first)
        {
            notes.Add(first);
        }

        var degrees = scenes.Max(s => _planes.Max(p => s.Layout(p).ObliqueDegrees));
        if (degrees >= 1)
        {
            notes.Add(string.Create(CultureInfo.InvariantCulture, $"The grid is oblique by up to {degrees:0}°: planes and letters are the nearest."));
        }

        return new VolumeFigure(columns, rows, options.Title, notes, Legend(options, drawn, isCompared));
    }

    private static List<LegendEntry> Legend(VolumeViewOptions options, IEnumerable<int> drawn, bool isCompared)
    {
        var entries = drawn.Select(l => new LegendEntry(NameOf(options, l), Palette.Overlay(l))).ToList();
        if (entries.Count > 0 && isCompared)
        {
            entries.Add(new("truth", Colour.Hex(0xb8bcc2)));
            entries.Add(new("prediction", Colour.Hex(0xffffff), IsDashed: true));
        }

        return entries;
    }

    private static string NameOf(VolumeViewOptions options, int label) =>
        options.Names?.GetValueOrDefault(label) ?? options.Labels?.NameOf((ushort)label) ?? "label " + label.ToString(CultureInfo.InvariantCulture);
}
