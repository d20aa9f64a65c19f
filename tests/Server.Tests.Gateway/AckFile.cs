using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Text;
using HftEngine.Core.Readers;

namespace HftEngine.Server.Tests.Gateway;

/// <summary>What the client was told, flushed before anything is done with it: number, epoch, sequence, index.</summary>
internal sealed class AckFile(string path) : IDisposable
{
    private readonly FileStream _file = new(path, FileMode.Create, FileAccess.Write, FileShare.Read);
    private readonly StringBuilder _lines = new();

    public List<EventPosition> Answers { get; } = [];

    public void Add(ulong number, EventPosition at)
    {
        Answers.Add(at);
        _lines.Append(CultureInfo.InvariantCulture, $"{number} {at.Epoch} {at.Sequence} {at.Index}\n");
    }

    /// <summary>All that was added is on the disk when this returns.</summary>
    public void Keep()
    {
        if (_lines.Length > 0)
        {
            _file.Write(Encoding.ASCII.GetBytes(_lines.ToString()));
            _file.Flush(flushToDisk: true);
            _lines.Clear();
        }
    }

    public void Dispose() => _file.Dispose();
}

/// <summary>The venue did not do what it promises.</summary>
internal sealed class BrokenPromiseException(string message) : Exception(message);
