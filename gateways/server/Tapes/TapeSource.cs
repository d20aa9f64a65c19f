using System;
using System.ComponentModel;
using System.Diagnostics;
using System.IO;
using System.IO.Compression;

namespace HftEngine.Server.Tapes;

/// <summary>
/// The bytes of a tape in large reads, with the offset of each. Compressed files (.gz, .xz) are unpacked on
/// the way; offsets are then those of the unpacked bytes.
/// </summary>
internal sealed class TapeSource : IDisposable
{
    // Large enough that system calls vanish, small enough to stay in the second-level cache.
    private const int BufferBytes = 1 << 20;

    private readonly Stream _stream;
    private readonly Process? _unpacker;
    private byte[] _buffer = new byte[BufferBytes];
    private int _start;
    private int _end;
    private bool _exhausted;

    private TapeSource(string path, Stream stream, Process? unpacker)
    {
        Path = path;
        _stream = stream;
        _unpacker = unpacker;
    }

    public string Path { get; }

    /// <summary>Offset of the next byte.</summary>
    public long Offset { get; private set; }

    /// <summary>Lines taken so far.</summary>
    public long Line { get; private set; }

    public static TapeSource Open(string path)
    {
        if (Directory.Exists(path))
        {
            throw new TapeException(path, "this is a folder, not a tape");
        }

        if (!File.Exists(path))
        {
            throw new TapeException(path, "there is no such file");
        }

        try
        {
            return System.IO.Path.GetExtension(path) switch
            {
                ".xz" => OpenXz(path),
                ".gz" =>
                    new TapeSource(path, new GZipStream(OpenPlain(path), CompressionMode.Decompress), null),
                _ => new TapeSource(path, OpenPlain(path), null),
            };
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new TapeException(path, exception.Message);
        }
    }

    /// <summary>
    /// Bytes that can be looked at without taking them: <paramref name="count"/>, or fewer at the end.
    /// </summary>
    public ReadOnlySpan<byte> Peek(int count)
    {
        while (_end - _start < count && !_exhausted)
        {
            Fill(count);
        }

        return _buffer.AsSpan(_start, Math.Min(count, _end - _start));
    }

    public void Take(int count)
    {
        _start += count;
        Offset += count;
    }

    /// <summary>Takes the next line, without its end. False when nothing is left.</summary>
    public bool TryReadLine(out ReadOnlySpan<byte> line)
    {
        int searched = 0;
        while (true)
        {
            int length = _buffer.AsSpan(_start + searched, _end - _start - searched).IndexOf((byte)'\n');
            if (length >= 0)
            {
                line = TakeLine(searched + length, searched + length + 1);
                return true;
            }

            searched = _end - _start;
            if (_exhausted)
            {
                line = TakeLine(searched, searched);
                return searched > 0;
            }

            Fill(searched + 1);
        }
    }

    public void Dispose()
    {
        _stream.Dispose();
        if (_unpacker is not null)
        {
            if (!_unpacker.HasExited)
            {
                _unpacker.Kill();
            }

            _unpacker.Dispose();
        }
    }

    private static FileStream OpenPlain(string path) => new(
        path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, FileOptions.SequentialScan);

    private static TapeSource OpenXz(string path)
    {
        ProcessStartInfo start = new("xz") { RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add("--decompress");
        start.ArgumentList.Add("--stdout");
        start.ArgumentList.Add("--");
        start.ArgumentList.Add(path);
        try
        {
            Process process = Process.Start(start)!;
            return new TapeSource(path, process.StandardOutput.BaseStream, process);
        }
        catch (Win32Exception)
        {
            throw new TapeException(
                path, "the program xz, which unpacks it, is not installed; unpack the file first");
        }
    }

    private ReadOnlySpan<byte> TakeLine(int length, int taken)
    {
        ReadOnlySpan<byte> line = _buffer.AsSpan(_start, length);
        Take(taken);
        Line++;
        return line.EndsWith("\r"u8) ? line[..^1] : line;
    }

    private void Fill(int wanted)
    {
        int kept = _end - _start;
        byte[] target = wanted > _buffer.Length ? new byte[Math.Max(wanted, 2 * _buffer.Length)] : _buffer;
        if (_start > 0 || target != _buffer)
        {
            _buffer.AsSpan(_start, kept).CopyTo(target);
            _buffer = target;
            _start = 0;
            _end = kept;
        }

        int read = ReadStream();
        _end += read;
        if (read == 0)
        {
            _exhausted = true;
            RequireUnpacked();
        }
    }

    private int ReadStream()
    {
        try
        {
            return _stream.Read(_buffer, _end, _buffer.Length - _end);
        }
        catch (Exception exception) when (exception is IOException or InvalidDataException)
        {
            throw new TapeException(Path, new TapeFault(Offset, 0, exception.Message));
        }
    }

    private void RequireUnpacked()
    {
        if (_unpacker is null)
        {
            return;
        }

        string complaint = _unpacker.StandardError.ReadToEnd().Trim();
        _unpacker.WaitForExit();
        if (_unpacker.ExitCode != 0)
        {
            throw new TapeException(Path, new TapeFault(Offset + (_end - _start), 0, complaint));
        }
    }
}
