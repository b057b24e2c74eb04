using System.Numerics;
using System.Text;

namespace SegSharp.Foundation;

/// <summary>
/// A stream of random numbers derived by name and number (<c>seed / "augment" / epoch / sample</c>), so that results depend
/// neither on the number of workers nor on their order.
/// </summary>
/// <remarks>Source: Blackman and Vigna 2021, xoshiro256**; seeded by SplitMix64. Not for cryptography. Not safe for two threads at once.</remarks>
public sealed class RandomStream
{
    private readonly ulong _key;
    private ulong _s0, _s1, _s2, _s3;

    /// <summary>The root of all streams of a run.</summary>
    public RandomStream(long seed)
        : this(unchecked((ulong)seed), mixed: false)
    {
    }

    private RandomStream(ulong key, bool mixed)
    {
        _key = mixed ? key : Mix(key);
        var state = _key;
        _s0 = Mix(state += 0x9E3779B97F4A7C15);
        _s1 = Mix(state += 0x9E3779B97F4A7C15);
        _s2 = Mix(state += 0x9E3779B97F4A7C15);
        _s3 = Mix(state + 0x9E3779B97F4A7C15);
    }

    /// <summary>The stream below this one with that name. Independent of how far this one was drawn.</summary>
    public RandomStream Derive(string name)
    {
        var hash = 0xCBF29CE484222325UL;
        foreach (var b in Encoding.UTF8.GetBytes(name))
        {
            hash = (hash ^ b) * 0x100000001B3UL;
        }

        return new RandomStream(Mix(_key ^ Mix(hash)), mixed: true);
    }

    /// <summary>The stream below this one with that number. Independent of how far this one was drawn.</summary>
    public RandomStream Derive(long number) => new(Mix(_key + Mix(unchecked((ulong)number) ^ 0xD1B54A32D192ED03UL)), mixed: true);

    /// <summary>64 random bits.</summary>
    public ulong NextBits()
    {
        var result = BitOperations.RotateLeft(_s1 * 5, 7) * 9;
        var t = _s1 << 17;
        _s2 ^= _s0;
        _s3 ^= _s1;
        _s1 ^= _s2;
        _s0 ^= _s3;
        _s2 ^= t;
        _s3 = BitOperations.RotateLeft(_s3, 45);
        return result;
    }

    /// <summary>Uniform in [0, 1).</summary>
    public double NextDouble() => (NextBits() >> 11) * (1.0 / (1UL << 53));

    /// <summary>Uniform in [low, high).</summary>
    public double Between(double low, double high) => low + ((high - low) * NextDouble());

    /// <summary>A whole number, uniform in [0, count).</summary>
    public int Next(int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        return (int)Math.BigMul(NextBits(), (ulong)count, out _);
    }

    /// <summary>True with that probability.</summary>
    public bool Chance(double probability) => NextDouble() < probability;

    /// <summary>Normal with mean 0 and standard deviation 1 (Box and Muller 1958).</summary>
    public double NextNormal() =>
        Math.Sqrt(-2 * Math.Log(1 - NextDouble())) * Math.Cos(2 * Math.PI * NextDouble());

    /// <summary>A permutation of 0 … count − 1 (Fisher and Yates).</summary>
    public int[] Permutation(int count)
    {
        var order = Enumerable.Range(0, count).ToArray();
        for (var i = count - 1; i > 0; i--)
        {
            var j = Next(i + 1);
            (order[i], order[j]) = (order[j], order[i]);
        }

        return order;
    }

    private static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9UL;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBUL;
        return z ^ (z >> 31);
    }
}
