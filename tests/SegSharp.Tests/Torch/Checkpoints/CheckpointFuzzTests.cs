using System.Buffers.Binary;
using System.Diagnostics;
using SegSharp.Foundation;
using SegSharp.Testing;
using SegSharp.Torch;
using SegSharp.Torch.Checkpoints;
using Xunit;

namespace SegSharp.Tests.Torch.Checkpoints;

/// <summary>Damaged files: the readers return or throw <see cref="InputException"/>, in bounded time and memory, and nothing else.</summary>
public sealed class CheckpointFuzzTests
{
    private const string Folder = "32-checkpoints";
    private const long MostAllocated = 256L << 20;
    private static readonly long[] Telling = [0, 1, -1, 2, 127, 128, 255, 256, 32767, 65535, int.MaxValue, int.MinValue, uint.MaxValue, 1L << 40, 1L << 62, long.MaxValue, long.MinValue];

    // Opcodes, including those that must be refused.
    private static readonly byte[] Opcodes = [.. "(.012FIJKLMNPQRSTUVXabcdeghijlopqrstu)]}BCG"u8, .. Enumerable.Range(0x80, 0x19).Select(b => (byte)b)];

    [Fact]
    public void Damaged_files_are_read_or_refused() => Fuzz(seed: 1, count: 20_000);

    [Fact]
    [Trait("Category", "Full")]
    public void Damaged_files_are_read_or_refused_for_long() => Fuzz(
        long.TryParse(Environment.GetEnvironmentVariable("SEGSHARP_FUZZ_SEED"), out var seed) ? seed : 2,
        int.TryParse(Environment.GetEnvironmentVariable("SEGSHARP_FUZZ_COUNT"), out var count) ? count : 400_000);

    private static void Fuzz(long seed, int count)
    {
        var files = Seeds();
        var (opened, slowest) = (0, TimeSpan.Zero);
        for (var i = 0; i < count; i++)
        {
            var chance = new RandomStream(seed).Derive(i);
            var bytes = Damage(files, chance);
            var before = GC.GetAllocatedBytesForCurrentThread();
            var watch = Stopwatch.StartNew();
            try
            {
                Open(bytes);
                opened++;
            }
            catch (InputException e)
            {
                Assert.StartsWith("cannot read 'fuzz", e.Message);
                Assert.True(e.Message.Length < 640, $"seed {seed}, case {i}: a message of {e.Message.Length} characters");
            }
            catch (Exception e)
            {
                Assert.Fail($"seed {seed}, case {i} ({bytes.Length} bytes): {e}");
            }

            var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.True(allocated < MostAllocated, $"seed {seed}, case {i}: allocated {allocated} bytes for a file of {bytes.Length}");
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(20), $"seed {seed}, case {i}: took {watch.Elapsed}");
            slowest = watch.Elapsed > slowest ? watch.Elapsed : slowest;
        }

        // Mutations that never get through would test nothing but the first check.
        Assert.InRange(opened, count / 100, count * 9 / 10);
        TestContext.Current.SendDiagnosticMessage($"{count} files: {opened} opened, slowest {slowest.TotalMilliseconds:F0} ms");
    }

    private static void Open(byte[] bytes)
    {
        if (bytes is [0x93, (byte)'N', ..])
        {
            _ = Npy.Read(ByteSource.From(bytes, "fuzz.npy"));
            return;
        }

        var read = Checkpoint.Read(ByteSource.From(bytes, "fuzz.pt"));
        Assert.All(read.Tensors, t => Assert.Equal(t.Value.Count * t.Value.DType.Size(), t.Value.Bytes.Length));
        var seen = new HashSet<Inert>(ReferenceEqualityComparer.Instance);
        var waiting = new Stack<Inert>([read.Content]);
        while (waiting.TryPop(out var value))
        {
            _ = value.ToString();
            if (value is Inert.Tensor tensor)
            {
                _ = tensor.Read();
            }

            foreach (var child in value.Children.Where(seen.Add))
            {
                waiting.Push(child);
            }
        }
    }

    // Valid and hostile files as they are, and the archives taken apart so that damage inside the pickle passes the checksum.
    private static List<Seed> Seeds()
    {
        var files = Directory.EnumerateFiles(ParityCases.Require(Folder))
            .Where(f => Path.GetExtension(f) is ".pt" or ".pth" or ".pkl" or ".safetensors" && new FileInfo(f).Length < 100_000)
            .Order(StringComparer.Ordinal)
            .Select(f => File.ReadAllBytes(f)).ToList();
        var seeds = files.Select(b => new Seed(b, null)).ToList();
        foreach (var file in files)
        {
            try
            {
                var source = ByteSource.From(file, "seed");
                var zip = ZipDirectory.Read(source);
                seeds.Add(new Seed(file, [.. zip.Entries.Select(e => (e.Name, zip.Content(e, 1 << 20)))]));
            }
            catch (InputException)
            {
                // Not an archive, or broken on purpose.
            }
        }

        foreach (var shape in new long[][] { [], [3], [2, 3] })
        {
            var tensor = SampleTensors.Make(DType.Int16, shape, new RandomStream(3));
            seeds.Add(new Seed([.. Npy.Header("seed", tensor), .. tensor.Bytes.Span], null));
        }

        return seeds;
    }

    private static byte[] Damage(List<Seed> seeds, RandomStream chance)
    {
        // Archives taken apart get most of the turns: there the pickle machine is reached.
        var apart = seeds.Where(s => s.Entries is not null && s.Valid).ToList();
        var valid = seeds.Where(s => s.Valid).ToList();
        var seed = chance.Next(3) switch
        {
            0 => apart[chance.Next(apart.Count)],
            1 => valid[chance.Next(valid.Count)],
            _ => seeds[chance.Next(seeds.Count)],
        };
        if (seed.Entries is null)
        {
            return Mutate(seed.Whole, seeds, chance);
        }

        var stream = new MemoryStream();
        var zip = new ZipWriter(stream);
        var victim = chance.Chance(0.8) ? seed.Entries.FindIndex(e => e.Name.EndsWith("data.pkl")) : chance.Next(seed.Entries.Count);
        for (var i = 0; i < seed.Entries.Count; i++)
        {
            zip.Add(seed.Entries[i].Name, i == victim ? Mutate(seed.Entries[i].Content, seeds, chance) : seed.Entries[i].Content);
        }

        zip.Finish();
        return stream.ToArray();
    }

    private static byte[] Mutate(byte[] from, List<Seed> seeds, RandomStream chance)
    {
        var bytes = from.ToList();
        for (var times = chance.Chance(0.6) ? 1 : 2 + chance.Next(4); times > 0 && bytes.Count > 0; times--)
        {
            var at = chance.Next(bytes.Count);
            switch (chance.Next(8))
            {
                case 0:
                    bytes[at] ^= (byte)(1 << chance.Next(8));
                    break;
                case 1:
                    bytes[at] = (byte)chance.Next(256);
                    break;
                case 2:
                    bytes[at] = Opcodes[chance.Next(Opcodes.Length)];
                    break;
                case 3:
                    bytes.Insert(at, Opcodes[chance.Next(Opcodes.Length)]);
                    break;
                case 4: // a length or count
                    var number = new byte[8];
                    BinaryPrimitives.WriteInt64LittleEndian(number, Telling[chance.Next(Telling.Length)]);
                    for (var (i, width) = (0, 1 << chance.Next(4)); i < width && at + i < bytes.Count; i++)
                    {
                        bytes[at + i] = number[i];
                    }

                    break;
                case 5:
                    bytes.RemoveRange(at, Math.Min(bytes.Count - at, 1 + chance.Next(16)));
                    break;
                case 6: // a piece of another file, or of this one
                    var other = chance.Chance(0.5) ? seeds[chance.Next(seeds.Count)].Whole : from;
                    if (other.Length > 0)
                    {
                        var start = chance.Next(other.Length);
                        bytes.InsertRange(at, other[start..Math.Min(other.Length, start + 1 + chance.Next(64))]);
                    }

                    break;
                default:
                    if (chance.Chance(0.2))
                    {
                        bytes.RemoveRange(at, bytes.Count - at);
                    }

                    break;
            }
        }

        return [.. bytes];
    }

    private static bool IsValid(byte[] bytes)
    {
        try
        {
            Open(bytes);
            return true;
        }
        catch (InputException)
        {
            return false;
        }
    }

    private sealed record Seed(byte[] Whole, List<(string Name, byte[] Content)>? Entries)
    {
        public bool Valid { get; } = IsValid(Whole);
    }
}
