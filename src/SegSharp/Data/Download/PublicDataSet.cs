using SegSharp.Data.Import;
using SegSharp.Foundation;

namespace SegSharp.Data.Download;

/// <summary>A public data set, where it comes from, on what terms, and how it is imported.</summary>
public sealed record PublicDataSet
{
    private const string DecathlonMirror = "https://msd-for-monai.s3-us-west-2.amazonaws.com/";

    private delegate DataSet Importer(string folder, string target, bool overwrite, Action<RunEvent>? on, CancellationToken cancel);

    private PublicDataSet(string name, string title, Importer import, Func<string, bool> isSource)
    {
        (Name, Title, Import, IsSource) = (name, title, import, isSource);
    }

    /// <summary>Its name on the command line.</summary>
    public string Name { get; }

    /// <summary>What it shows.</summary>
    public string Title { get; }

    /// <summary>The page that publishes it.</summary>
    public required Uri Page { get; init; }

    /// <summary>The terms, as that page states them.</summary>
    public required string Terms { get; init; }

    /// <summary>The archive's address; null where it is given only to who has an account.</summary>
    public Uri? Address { get; init; }

    /// <summary>What the archive takes, about.</summary>
    public required string Size { get; init; }

    /// <summary>The archive's checksum; null where no source states one.</summary>
    public Checksum? Checksum { get; init; }

    /// <summary>How one comes by the archive where an account is needed.</summary>
    public string? Account { get; init; }

    private Importer Import { get; }

    // Whether a folder of the unpacked archive is the one that the importer reads.
    private Func<string, bool> IsSource { get; }

    /// <summary>All of them.</summary>
    public static IReadOnlyList<PublicDataSet> All { get; } =
    [
        new("isbi2012", "membranes of neurons in serial electron microscopy, 30 + 30 sections of 512x512", (f, t, o, on, c) => IsbiImporter.Import(f, t, o, on: on, cancel: c), f => Has(f, "train-volume.tif"))
        {
            Page = new("https://imagej.net/events/isbi-2012-segmentation-challenge"),
            Terms = "free for research with citation of Arganda-Carreras et al. 2015 and Cardona et al. 2010; the page names no licence",
            Address = new("https://downloads.imagej.net/ISBI-2012-challenge.zip"),
            Size = "at most 32 MB",
        },
        new("dsb2018", "nuclei of many kinds of microscopes, 670 pictures with a mask per nucleus (stage 1, training)", (f, t, o, on, c) => InstancesImporter.Import(f, t, new() { Name = "nucleus" }, o, on, c), IsNuclei)
        {
            Page = new("https://bbbc.broadinstitute.org/BBBC038"),
            Terms = "CC0 1.0; cite Caicedo et al. 2019",
            Address = new("https://data.broadinstitute.org/bbbc/BBBC038/stage1_train.zip"),
            Size = "about 80 MB",
        },
        new("drive", "vessels in photographs of the retina, 20 + 20 pictures of 565x584 with their field of view", DriveImporter.Import, f => Directory.Exists(Path.Combine(f, "training", "images")) || (Directory.Exists(Path.Combine(f, "images")) && Directory.Exists(Path.Combine(f, "1st_manual"))))
        {
            Page = new("https://drive.grand-challenge.org"),
            Terms = "free for research and teaching with citation of Staal et al. 2004",
            Size = "about 30 MB",
            Account = "make an account at https://drive.grand-challenge.org, join the challenge and download its archive",
        },
        Decathlon("Task01_BrainTumour", "gliomas in MRI of four modalities, 484 + 266 volumes", "about 7 GB", "240a19d752f0d9e9101544901065d872"),
        Decathlon("Task02_Heart", "left atrium in MRI, 20 + 10 volumes", "about 440 MB", "06ee59366e1e5124267b774dbd654057"),
        Decathlon("Task03_Liver", "liver and its tumours in CT, 131 + 70 volumes", "about 27 GB", "a90ec6c4aa7f6a3d087205e23d4e6397"),
        Decathlon("Task04_Hippocampus", "anterior and posterior hippocampus in MRI, 260 + 130 small volumes", "about 27 MB", "9d24dba78a72977dbd1d2e110310f31b"),
        Decathlon("Task05_Prostate", "zones of the prostate in MRI of two modalities, 32 + 16 volumes", "about 230 MB", "35138f08b1efaef89d7424d2bcc928db"),
        Decathlon("Task06_Lung", "lung tumours in CT, 63 + 32 volumes", "about 9 GB", "8afd997733c7fc0432f71255ba4e52dc"),
        Decathlon("Task07_Pancreas", "pancreas and its tumours in CT, 281 + 139 volumes", "about 12 GB", "4f7080cfca169fa8066d17ce6eb061e4"),
        Decathlon("Task08_HepaticVessel", "vessels and tumours of the liver in CT, 303 + 140 volumes", "about 9 GB", "641d79e80ec66453921d997fbf12a29c"),
        Decathlon("Task09_Spleen", "spleen in CT, 41 + 20 volumes", "about 1.6 GB", "410d4a301da4e5b2f6f86ec3ddba524e"),
        Decathlon("Task10_Colon", "colon tumours in CT, 126 + 64 volumes", "about 6 GB", "bad7a188931dc2f6acf72b08eb6202d0"),
    ];

    /// <summary>The data set of a name; case, <c>msd/hippocampus</c> and <c>Task04_Hippocampus</c> are all understood.</summary>
    /// <exception cref="UsageException">No such data set; the message lists those that exist, nearest first.</exception>
    public static PublicDataSet Of(string name) =>
        All.FirstOrDefault(d => d.Name.Equals(name, StringComparison.OrdinalIgnoreCase) || TaskOf(d.Name).Equals(name, StringComparison.OrdinalIgnoreCase)
            || (name.Length > 4 && TaskOf(d.Name).StartsWith("Task", StringComparison.Ordinal) && name.Equals("msd/" + TaskOf(d.Name)["Task00_".Length..], StringComparison.OrdinalIgnoreCase)))
        ?? throw UsageException.Unknown("public data set", name, All.Select(d => d.Name));

    /// <summary>Downloads, unpacks and imports.</summary>
    /// <param name="target">The data set's folder.</param>
    /// <param name="o">Where archives lie, and where this one comes from.</param>
    /// <param name="overwrite">Download again and replace a data set that lies there.</param>
    /// <param name="on">Hears progress and remarks.</param>
    /// <param name="cancel">Stops; what was downloaded stays, to go on with.</param>
    /// <returns>The data set.</returns>
    /// <exception cref="InputException">An account is needed, the archive is damaged or holds something else, the place is taken.</exception>
    /// <exception cref="SegSharpException">No network, the disk is full.</exception>
    public DataSet Get(string target, GetOptions o, bool overwrite = false, Action<RunEvent>? on = null, CancellationToken cancel = default)
    {
        DataSetWriter.CheckPlace(target, overwrite);
        on?.Invoke(new Noted($"{Name}: {Title}; {Size}; from {Page}; terms: {Terms}"));
        var source = o.From ?? Address?.OriginalString ?? throw new InputException(
            $"'{Name}' is given only to who has an account at {Page.Host}",
            $"{Account}; then: segsharp data get {Name} DST --from FILE");
        var local = source;
        if (AddressOf(source) is { } address)
        {
            local = Path.Combine(o.Folder ?? DefaultFolder(target), FileNameOf(address));
            FileDownload.Fetch(address, local, o.Download with { Checksum = o.From is null ? Checksum : o.Download.Checksum, Again = o.Download.Again || overwrite }, on, cancel);
        }
        else if (!File.Exists(source) && !Directory.Exists(source))
        {
            throw new InputException($"--from names '{source}', which is no file, no folder and no address", "give the downloaded archive, the unpacked folder, or an address with http:// or https://");
        }

        if (Directory.Exists(local))
        {
            return Import(Find(local, local), target, overwrite, on, cancel);
        }

        var unpacked = Path.Combine(o.Folder ?? DefaultFolder(target), $".{Name.Replace('/', '-')}.{Environment.ProcessId}");
        try
        {
            Archive.Unpack(local, unpacked, o.Limits, on, cancel);
            return Import(Find(unpacked, local), target, overwrite, on, cancel);
        }
        finally
        {
            if (Directory.Exists(unpacked))
            {
                Directory.Delete(unpacked, recursive: true);
            }
        }
    }

    private string Find(string folder, string shown) =>
        Directory.EnumerateDirectories(folder, "*", new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 3 })
            .Prepend(folder).OrderBy(f => f.Length).ThenBy(f => f, StringComparer.Ordinal).FirstOrDefault(IsSource)
        ?? throw new InputException(
            $"'{shown}' does not hold what '{Name}' consists of; it holds {string.Join(", ", Directory.EnumerateFileSystemEntries(folder).Select(Path.GetFileName).Order(StringComparer.Ordinal).Take(6))}",
            $"see {Page}");

    private static string DefaultFolder(string target) =>
        Path.Combine(Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(target)))!, "downloads");

    private static Uri? AddressOf(string source) =>
        Uri.TryCreate(source, UriKind.Absolute, out var address) && address.Scheme is "http" or "https" ? address : null;

    private static string FileNameOf(Uri address) =>
        Path.GetFileName(address.LocalPath) is { Length: > 0 } name && name is not "." and not ".." ? name : "archive";

    private static string TaskOf(string name) => name[(name.IndexOf('/', StringComparison.Ordinal) + 1)..];

    private static bool Has(string folder, string file) => File.Exists(Path.Combine(folder, file));

    // A folder per picture, each with images/ and masks/.
    private static bool IsNuclei(string folder) =>
        Directory.EnumerateDirectories(folder).Take(8).Any(f => Directory.Exists(Path.Combine(f, "images")) && Directory.Exists(Path.Combine(f, "masks")));

    private static PublicDataSet Decathlon(string task, string about, string size, string md5) =>
        new($"msd/{task}", about, MsdImporter.Import, f => Has(f, DataSetDescription.FileName) && Directory.Exists(Path.Combine(f, "imagesTr")))
        {
            Page = new("http://medicaldecathlon.com"),
            Terms = "CC BY-SA 4.0; cite Antonelli et al. 2022",
            Address = new($"{DecathlonMirror}{task}.tar"),
            Size = size,
            Checksum = new(Md5: true, md5, "MONAI"),
        };
}

/// <summary>Where a public data set's archive comes from and lies.</summary>
public sealed record GetOptions
{
    /// <summary>An archive, a folder or an address instead of the usual one; null = the usual one.</summary>
    public string? From { get; init; }

    /// <summary>Where archives are kept; null = <c>downloads</c> beside the data set.</summary>
    public string? Folder { get; init; }

    /// <summary>How it is downloaded.</summary>
    public FileDownloadOptions Download { get; init; } = new();

    /// <summary>What the archive may hold.</summary>
    public ArchiveLimits Limits { get; init; } = new();
}
