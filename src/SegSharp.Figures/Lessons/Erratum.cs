namespace SegSharp.Figures.Lessons;

/// <summary>A slip in one of the course's documents, and what SegSharp does in its place.</summary>
/// <param name="Id">"E-03".</param>
/// <param name="Where">The document and place.</param>
/// <param name="Problem">What is wrong.</param>
/// <param name="Instead">What SegSharp does.</param>
public sealed record Erratum(string Id, string Where, string Problem, string Instead)
{
    /// <summary>Every slip, in order.</summary>
    public static IReadOnlyList<Erratum> All { get; } =
    [
        new("E-01", "notebook, histogram equalisation", "the code calls torch.interp, which does not exist", "interpolates the cumulative histogram itself"),
        new("E-02", "notebook 8.3.1", "\"padding 0\" takes 5 to 7 only when padding is counted around the interlaced map; PyTorch's padding 0 takes 5 to 11, and the equation that links the two is missing", "states both and the link: P = d(k − 1) − p"),
        new("E-03", "notebook 8.3.1", "\"a regular convolution of the interlaced map\" is true only with the kernel turned by 180°; the kernel of the animation is symmetric and hides it", "turns the kernel; FIG-N1-3 shows a kernel for which it matters too"),
        new("E-04", "notebook, FCN", "the text turns every fully connected layer into a 1×1 convolution; table and code use 7×7 for the first", "7×7 with padding 3 for fc6, 1×1 for fc7"),
        new("E-05", "notebook, colours of VOC", "20 rows for 21 classes: whoever predicts a television gets an IndexError", "generates all 21 by the rule of bits; class 20 is (0, 64, 128)"),
        new("E-06", "notes", "a sigmoid inside forward, and a loss that applies a sigmoid again", "networks give logits only; a guard warns when \"logits\" lie in [0, 1]"),
        new("E-07", "notes, example", "randint without its lower bound is a TypeError, and a picture of one channel does not fit a network for three", "lower bound given, one channel in the network too"),
        new("E-08", "notebook, exercise 8.1", "whether pooling comes first or last in a block is told in two ways, and the bottleneck of the text has none", "pooling first, in the bottleneck too: the same function"),
        new("E-08b", "notebook, decoder block", "the list says convolve, concatenate, upsample, which cannot run: the channels do not fit", "concatenate, convolve, upsample"),
        new("E-09", "notebook, VGG16Example", "no activation between the fully connected layers, so three linear maps in a row are one", "the demonstration is kept as such; the real VGG16 has ReLU and dropout there"),
        new("E-10", "notebook, transfer", "the untrained features come from another implementation than the pretrained, and keep a head of 20 classes", "one backbone, two sets of weights"),
        new("E-11", "notebook, docstrings", "num_blocks defaults to 2 in the code and to 4 in the text; num_convolutions is described and does not exist", "2; blocks are counted in addition to the input block"),
        new("E-12", "King's College, network", "a ReLU stands behind the logits: they cannot be negative, which slows the cross-entropy", "off; network.finalRelu=true for the original"),
        new("E-13", "practical, figure 1 and text", "unpadded convolutions, yet 96×96 comes out as 96×96; without padding 96 dies at the bottom", "padded convolutions"),
        new("E-14", "notebook 8.3.5", "\"V-Net (3D U-Net)\" are two papers: V-Net's idea is residual blocks and the Dice loss", "both networks, vnet and unet3d"),
        new("E-15", "notebook 8.3.5", "credits deep supervision with closing the semantic gap; the nested skips do that", "says so here; deep supervision is an option of unetpp"),
        new("E-16", "notebook 8.3.4", "\"30 training images\", but 25 train and 5 validate", "states both numbers"),
        new("E-17", "notebook, plot of ISBI", "a comment says that membranes are inverted to white; the plotted mask is not inverted, only the data set's is", "membranes are 1 and drawn white everywhere"),
        new("E-18", "notebook, 128 against 512", "the pairs come from random augmentation, so they may be turned against each other although the titles say one image", "augmentation off for the comparison"),
        new("E-19", "King's College, data set", "the start index is never used, so validation and test are the first training images; and 320 + 32 + 44 = 396, not 395", "splits that cannot overlap"),
        new("E-20", "practical, exercise 4", "155 · 0.5 = 77.5: the text says 77, the cited function gives 78", "the size is asked for outright"),
        new("E-21", "notebook, introduction", "promises small objects, inference and post-processing; no such chapter exists", "provides them: docs/tutorials/small-objects.md, predict, postprocess"),
        new("E-22", "notebook, exercise 8.4", "\"a weight of 9\" may be read as a weight of every pixel or of the positive ones; and the share of membranes would ask for 3.47", "weighs the positive pixels; loss.positiveWeight=9"),
        new("E-23", "notebook 8.6", "fixed windows for CT, elastic deformation, three configurations in one ensemble, 11 GB: not what nnU-Net version 2 does", "the values of the code"),
        new("E-24", "practical", "exercise 3 repeats the tasks of exercise 2, \"part 4\" means section 6, the last question is empty, and \"different of the dice loss used during the training\" although training uses cross-entropy", "asks what was meant"),
        new("E-25", "lecture and notebook", "\"A + B\" under the Dice coefficient means the number of elements of each; the code calls that sum \"union\"", "says |A| + |B|; it is twice the union only when both are equal"),
        new("E-26", "King's College, scan", "letters misread: convl_down is conv1_down, Hasudorff is Hausdorff, and links are broken", "spelled as meant"),
        new("E-27", "notebook", "the data (ISBI, VOC, a CT series, a film) are separate downloads that may not be handed on", "phantoms of each: data make; importers for the real ones"),
        new("E-28", "notebook, normalisation", "one z-score divides by the deviation of n − 1, the other by that of n; percentile clipping returns data that are not rescaled; winsorisation is misspelled", "one convention, n, stated; clipping and scaling in one step"),
        new("E-29", "King's College, figure 1; practical", "pooling is drawn without saying which: average in King's code, maximum elsewhere", "each network has its own"),
        new("E-30", "notebook, FCN forward", "maps of different sizes are stretched to fit although functions that crop exist and are not used", "stretches by default; network.align=crop crops"),
        new("E-31", "notebook 8.5", "\"the three most used losses\" are not listed, and focal loss was not seen in a class before", "formula and numbers of each in docs/reference/losses.md"),
    ];

    /// <summary>The slip of that name.</summary>
    public static Erratum? Find(string id) => All.FirstOrDefault(e => e.Id.Equals(id, StringComparison.OrdinalIgnoreCase));
}
