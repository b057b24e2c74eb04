public static class Overlap
{
    public static double Dice(bool[] a, bool[] b)
    {
        var both = a.Zip(b).Count(p => p.First && p.Second);
        var sum = a.Count(x => x) + b.Count(x => x);
        return sum == 0 ? 1 : 2.0 * both / sum;
    }
}
