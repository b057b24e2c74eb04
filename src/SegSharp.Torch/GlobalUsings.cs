global using SegSharp.Foundation;
