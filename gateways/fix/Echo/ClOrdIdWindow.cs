using System;

namespace HftEngine.Fix.Echo;

/// <summary>The latest client order ids of one session, in bounded memory.</summary>
/// <remarks>
/// A cache of sets: an id has eight places, chosen by its hash; a new one takes the oldest of them. Ids
/// that are longer than a place are told apart by their hash and their beginning.
/// </remarks>
internal sealed class ClOrdIdWindow
{
    private const int Sets = 1_024;
    private const int Ways = 8;
    private const int IdBytes = 40;

    private readonly ulong[] _hashes = new ulong[Sets * Ways];
    private readonly byte[] _ids = new byte[Sets * Ways * IdBytes];
    private readonly byte[] _oldest = new byte[Sets];

    /// <summary>False when the id is there already.</summary>
    public bool TryAdd(ReadOnlySpan<byte> id)
    {
        ulong hash = HashOf(id);
        int set = (int)(hash >> 32) & (Sets - 1);
        ReadOnlySpan<byte> kept = id[..int.Min(id.Length, IdBytes)];
        for (int way = 0; way < Ways; way++)
        {
            int place = (set * Ways) + way;
            if (_hashes[place] == hash && _ids.AsSpan(place * IdBytes, kept.Length).SequenceEqual(kept))
            {
                return false;
            }
        }

        int taken = (set * Ways) + _oldest[set];
        _oldest[set] = (byte)((_oldest[set] + 1) % Ways);
        _hashes[taken] = hash;
        kept.CopyTo(_ids.AsSpan(taken * IdBytes));
        return true;
    }

    public void Clear() => Array.Clear(_hashes);

    // FNV-1a over the bytes and the length; zero marks an empty place.
    private static ulong HashOf(ReadOnlySpan<byte> id)
    {
        ulong hash = 14_695_981_039_346_656_037;
        foreach (byte character in id)
        {
            hash = (hash ^ character) * 1_099_511_628_211;
        }

        hash = (hash ^ (uint)id.Length) * 1_099_511_628_211;
        return hash == 0 ? 1 : hash;
    }
}
