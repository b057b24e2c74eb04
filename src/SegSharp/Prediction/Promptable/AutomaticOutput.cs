using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using SegSharp.Imaging;

namespace SegSharp.Prediction.Promptable;

/// <summary>Writes what the automatic generator found: COCO JSON, a label map, or a folder of masks.</summary>
public static class AutomaticOutput
{
    /// <summary>COCO's form of instance annotations, with what SAM says besides.</summary>
    /// <remarks>Source: COCO's data format; the records of segment-anything's generator.</remarks>
    /// <param name="masks">What was found.</param>
    /// <param name="page">On which page.</param>
    /// <param name="compressed">Runs as COCO's text rather than as lists of numbers.</param>
    public static JsonObject ToCoco(IReadOnlyList<AutomaticMask> masks, PromptablePage page, bool compressed = true) => new()
    {
        ["images"] = new JsonArray(new JsonObject { ["id"] = 1, ["file_name"] = page.Name, ["width"] = page.Width, ["height"] = page.Height }),
        ["categories"] = new JsonArray(new JsonObject { ["id"] = 1, ["name"] = "object" }),
        ["annotations"] = new JsonArray([.. masks.Select((m, i) => (JsonNode)new JsonObject
        {
            ["id"] = i + 1,
            ["image_id"] = 1,
            ["category_id"] = 1,
            ["iscrowd"] = 0,
            ["segmentation"] = new JsonObject
            {
                ["size"] = new JsonArray(m.Runs.Height, m.Runs.Width),
                ["counts"] = compressed ? m.Runs.Compressed() : new JsonArray([.. m.Runs.Counts.Select(c => (JsonNode)c)]),
            },
            ["area"] = m.Area,
            ["bbox"] = Box(m.Box),
            ["predicted_iou"] = m.Quality,
            ["stability_score"] = m.Stability,
            ["point_coords"] = new JsonArray(new JsonArray(m.Point.X, m.Point.Y)),
            ["crop_box"] = Box(m.Crop),
        })]),
    };

    /// <summary>Every mask as a label of its own, on the image's grid; where masks lie over one another the smaller is on top.</summary>
    /// <param name="masks">What was found; label 1 is the largest.</param>
    /// <param name="image">The image.</param>
    /// <param name="slice">The page that was looked at.</param>
    public static LabelMap ToLabels(IReadOnlyList<AutomaticMask> masks, Volume image, int slice)
    {
        var (labels, count) = (new ushort[image.Extent.Count], (int)image.Extent.PageCount);
        var order = masks.OrderByDescending(m => m.Area).ToList();
        for (var k = 0; k < order.Count; k++)
        {
            var mask = order[k].Runs.ToMask();
            for (var i = 0; i < count; i++)
            {
                if (mask[i])
                {
                    labels[(slice * count) + i] = (ushort)(k + 1);
                }
            }
        }

        return new(image.Name, image.Geometry, labels);
    }

    /// <summary>Writes by the name: <c>.json</c> COCO; without an ending a folder with a picture of 0 and 1 per mask and <c>metadata.csv</c>; else a label map.</summary>
    /// <param name="path">File or folder.</param>
    /// <param name="masks">What was found.</param>
    /// <param name="image">The image.</param>
    /// <param name="page">What was seen of it.</param>
    /// <param name="slice">Which page that is.</param>
    /// <param name="compressed">For JSON: runs as text.</param>
    /// <exception cref="UsageException">An ending that holds no masks.</exception>
    public static void Write(string path, IReadOnlyList<AutomaticMask> masks, Volume image, PromptablePage page, int slice, bool compressed = true)
    {
        var ending = Path.GetExtension(path);
        if (ending.Equals(".json", StringComparison.OrdinalIgnoreCase))
        {
            AtomicFile.WriteText(path, ToCoco(masks, page, compressed).ToJsonString(new JsonSerializerOptions { WriteIndented = true }) + "\n");
        }
        else if (ending.Length > 0)
        {
            ToLabels(masks, image, slice).Write(path);
        }
        else
        {
            WriteFolder(path, masks, page);
        }
    }

    private static void WriteFolder(string folder, IReadOnlyList<AutomaticMask> masks, PromptablePage page)
    {
        Directory.CreateDirectory(folder);
        var table = new StringBuilder("id,area,bbox_x0,bbox_y0,bbox_w,bbox_h,point_input_x,point_input_y,predicted_iou,stability_score,crop_box_x0,crop_box_y0,crop_box_w,crop_box_h\n");
        for (var i = 0; i < masks.Count; i++)
        {
            var m = masks[i];
            new LabelMap($"{i}", Geometry.Pixels(new Extent(page.Width, page.Height)), Array.ConvertAll(m.Runs.ToMask(), b => (ushort)(b ? 1 : 0))).Write(Path.Combine(folder, $"{i}.png"));
            table.AppendLine(CultureInfo.InvariantCulture, $"{i},{m.Area},{m.Box.X},{m.Box.Y},{m.Box.Width},{m.Box.Height},{m.Point.X},{m.Point.Y},{m.Quality},{m.Stability},{m.Crop.X},{m.Crop.Y},{m.Crop.Width},{m.Crop.Height}");
        }

        AtomicFile.WriteText(Path.Combine(folder, "metadata.csv"), table.ToString());
    }

    private static JsonArray Box(PixelBox b) => new(b.X, b.Y, b.Width, b.Height);
}
