public static class Losses
{
    public static double BinaryCrossEntropy(double[] logits, double[] truth, double positiveWeight) =>
        logits.Zip(truth, (z, t) => t > 0.5 ? -positiveWeight * Math.Log(Sigmoid(z)) : -Math.Log(1 - Sigmoid(z))).Average();

    public static double Dice(double[] logits, double[] truth, double epsilon)
    {
        var both = logits.Zip(truth, (z, t) => Sigmoid(z) * t).Sum();
        return 1 - (((2 * both) + epsilon) / (logits.Sum(Sigmoid) + truth.Sum() + epsilon));
    }

    public static double Focal(double[] logits, double[] truth, double gamma) => logits.Zip(truth, (z, t) =>
    {
        var pt = t > 0.5 ? Sigmoid(z) : 1 - Sigmoid(z);
        return -Math.Pow(1 - pt, gamma) * Math.Log(pt);
    }).Average();

    private static double Sigmoid(double z) => 1 / (1 + Math.Exp(-z));
}
