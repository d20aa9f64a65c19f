using System;
using System.IO;
using HftEngine.Core.Tests.Harness;

namespace HftEngine.Core.Tests.State;

/// <summary>An engine's state as bytes, and back.</summary>
internal static class SavedState
{
    public static byte[] Of(Engine engine)
    {
        using MemoryStream stream = new();
        engine.SaveState(bytes => stream.Write(bytes));
        return stream.ToArray();
    }

    /// <summary>A fresh engine that took the state over; its source gives pieces of odd sizes.</summary>
    public static RecordedEngine Load(EngineLimits limits, byte[] state, int piece = int.MaxValue)
    {
        RecordedEngine loaded = new(limits);
        try
        {
            LoadInto(loaded.Engine, state, piece);
            return loaded;
        }
        catch
        {
            loaded.Dispose();
            throw;
        }
    }

    public static ulong LoadInto(Engine engine, byte[] state, int piece = int.MaxValue)
    {
        using MemoryStream stream = new(state);
        return engine.LoadState(buffer => stream.Read(buffer[..Math.Min(piece, buffer.Length)]));
    }

    public static byte[] ImageOf(Engine engine)
    {
        using MemoryStream stream = new();
        engine.WriteImage(frames => stream.Write(frames));
        return stream.ToArray();
    }
}
