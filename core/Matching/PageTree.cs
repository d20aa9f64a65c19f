using System;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using HftEngine.Core.Memory;

namespace HftEngine.Core.Matching;

/// <summary>
/// Keeps the pages of each book side in order: a B+ tree per side over nodes of one shared pool. It is asked only when
/// a page comes or goes, so it also knows which page follows another: pages have no links of their own, which would
/// cost two lines of memory with every page that comes or goes.
/// </summary>
/// <remarks>
/// Inner nodes hold the smallest key that each child held when it was linked; a child's later deletions leave that key
/// in place, which only makes it a lower bound. A node that becomes small is merged with a neighbour where both fit into
/// one, so two neighbours always hold <see cref="MergeBelow"/> + 1 together and the pool cannot run out before the pages
/// do: how the tree came to its shape decides no answer.
/// </remarks>
internal unsafe struct PageTree : IDisposable
{
    private const int Fanout = 30;
    private const int MergeBelow = 13;
    private const int MergedAtMost = 24;
    private const int MaxDepth = 12;

    [StructLayout(LayoutKind.Explicit, Size = SizeBytes)]
    private struct Node
    {
        public const int SizeBytes = 384;

        [FieldOffset(0)]
        public int Count;

        /// <summary>In a free node: the next free one.</summary>
        [FieldOffset(4)]
        public uint NextFree;

        [FieldOffset(16)]
        public fixed long Keys[Fanout];

        [FieldOffset(256)]
        public fixed uint Links[Fanout];
    }

    private readonly NativeArray<Node> _pool;
    private readonly Node* _nodes;
    private uint _free;
    private uint _fresh;
    private uint _taken;

    public PageTree(uint maxNodes)
    {
        _pool = new NativeArray<Node>(maxNodes + 1);
        _nodes = _pool.Pointer;
        _fresh = 1;
    }

    /// <summary>True when an insertion cannot run out of nodes.</summary>
    public bool HasRoom(uint depth) => _pool.Length - 1 - _taken > depth + 1;

    /// <summary>The page with the least key of the side; 0 = none.</summary>
    public uint First(in BookSide side) => Leftmost(side.Root, side.Depth);

    /// <summary>The page with the least key above <paramref name="key"/> on the side; 0 = none.</summary>
    public uint After(in BookSide side, long key)
    {
        if (side.Depth == 0 || key == long.MaxValue)
        {
            return 0;
        }

        // The child behind the one that was descended into: its leftmost page is the answer when the leaf has none.
        uint fallback = 0;
        uint fallbackDepth = 0;
        uint at = side.Root;
        for (uint depth = side.Depth; depth > 1; depth--)
        {
            Node* node = _nodes + at;
            int place = Math.Max(PlaceOf(node, key), 0);
            if (place + 1 < node->Count)
            {
                fallback = node->Links[place + 1];
                fallbackDepth = depth - 1;
            }

            at = node->Links[place];
        }

        Node* leaf = _nodes + at;
        int above = LowerBound(leaf, key + 1);
        return above < leaf->Count ? leaf->Links[above] : Leftmost(fallback, fallbackDepth);
    }

    /// <summary>
    /// Fetches the leaf that has, or will have, the key. The inner nodes are walked: they are few and stay in the cache.
    /// </summary>
    public void PrefetchLeaf(in BookSide side, long key)
    {
        uint at = side.Root;
        for (uint depth = side.Depth; depth > 1; depth--)
        {
            at = _nodes[at].Links[Math.Max(PlaceOf(_nodes + at, key), 0)];
        }

        byte* leaf = (byte*)(_nodes + at);
        for (int line = 0; line < Node.SizeBytes; line += 64)
        {
            Sse.Prefetch0(leaf + line);
        }
    }

    /// <summary>Adds a key that is not there yet. The caller has asked <see cref="HasRoom"/>.</summary>
    public void Insert(ref BookSide side, long key, uint page)
    {
        if (side.Depth == 0)
        {
            side.Root = Take();
            side.Depth = 1;
        }

        if (_nodes[side.Root].Count == Fanout)
        {
            uint root = Take();
            _nodes[root].Count = 1;
            _nodes[root].Keys[0] = _nodes[side.Root].Keys[0];
            _nodes[root].Links[0] = side.Root;
            side.Root = root;
            side.Depth++;
            Split(root, 0);
        }

        uint at = side.Root;
        for (uint depth = side.Depth; depth > 1; depth--)
        {
            Node* node = _nodes + at;
            int place = Math.Max(PlaceOf(node, key), 0);
            if (_nodes[node->Links[place]].Count == Fanout)
            {
                Split(at, place);
                place = Math.Max(PlaceOf(node, key), 0);
            }

            if (key < node->Keys[place])
            {
                node->Keys[place] = key;
            }

            at = node->Links[place];
        }

        Node* leaf = _nodes + at;
        InsertAt(leaf, LowerBound(leaf, key), key, page);
    }

    public void Remove(ref BookSide side, long key)
    {
        uint* path = stackalloc uint[MaxDepth];
        int* places = stackalloc int[MaxDepth];
        int level = 0;
        uint at = side.Root;
        for (uint depth = side.Depth; depth > 1; depth--)
        {
            int place = PlaceOf(_nodes + at, key);
            Invariant.Require(place >= 0);
            path[level] = at;
            places[level++] = place;
            at = _nodes[at].Links[place];
        }

        Node* leaf = _nodes + at;
        int found = LowerBound(leaf, key);
        Invariant.Require(found < leaf->Count && leaf->Keys[found] == key);
        RemoveAt(leaf, found);
        while (level > 0)
        {
            level--;
            MergeChild(path[level], places[level]);
        }

        ShrinkRoot(ref side);
    }

    public void Clear()
    {
        _pool.Clear();
        _free = 0;
        _fresh = 1;
        _taken = 0;
    }

    public readonly void Dispose() => _pool.Dispose();

    private void ShrinkRoot(ref BookSide side)
    {
        while (side.Depth > 1 && _nodes[side.Root].Count == 1)
        {
            uint child = _nodes[side.Root].Links[0];
            Give(side.Root);
            side.Root = child;
            side.Depth--;
        }

        if (_nodes[side.Root].Count == 0)
        {
            Give(side.Root);
            side.Root = 0;
            side.Depth = 0;
        }
    }

    /// <summary>After a removal below: drops an empty child, joins a small one with a neighbour.</summary>
    private void MergeChild(uint parentIndex, int place)
    {
        Node* parent = _nodes + parentIndex;
        uint childIndex = parent->Links[place];
        if (_nodes[childIndex].Count == 0)
        {
            RemoveAt(parent, place);
            Give(childIndex);
            return;
        }

        if (_nodes[childIndex].Count >= MergeBelow)
        {
            return;
        }

        if (place + 1 < parent->Count && TryMerge(parent, place))
        {
            return;
        }

        if (place > 0)
        {
            TryMerge(parent, place - 1);
        }
    }

    /// <summary>Joins the child at <paramref name="left"/> with its right neighbour when they fit into one.</summary>
    private bool TryMerge(Node* parent, int left)
    {
        Node* into = _nodes + parent->Links[left];
        Node* from = _nodes + parent->Links[left + 1];
        if (into->Count + from->Count > MergedAtMost)
        {
            return false;
        }

        for (int i = 0; i < from->Count; i++)
        {
            into->Keys[into->Count + i] = from->Keys[i];
            into->Links[into->Count + i] = from->Links[i];
        }

        into->Count += from->Count;
        Give(parent->Links[left + 1]);
        RemoveAt(parent, left + 1);
        return true;
    }

    private uint Leftmost(uint at, uint depth)
    {
        if (at == 0)
        {
            return 0;
        }

        for (; depth > 1; depth--)
        {
            at = _nodes[at].Links[0];
        }

        return _nodes[at].Links[0];
    }

    private void Split(uint parentIndex, int place)
    {
        Node* parent = _nodes + parentIndex;
        Node* full = _nodes + parent->Links[place];
        uint rightIndex = Take();
        Node* right = _nodes + rightIndex;
        int half = Fanout / 2;
        for (int i = half; i < Fanout; i++)
        {
            right->Keys[i - half] = full->Keys[i];
            right->Links[i - half] = full->Links[i];
        }

        right->Count = Fanout - half;
        full->Count = half;
        InsertAt(parent, place + 1, right->Keys[0], rightIndex);
    }

    private static void InsertAt(Node* node, int place, long key, uint link)
    {
        int behind = node->Count - place;
        new Span<long>(node->Keys + place, behind).CopyTo(new Span<long>(node->Keys + place + 1, behind));
        new Span<uint>(node->Links + place, behind).CopyTo(new Span<uint>(node->Links + place + 1, behind));
        node->Keys[place] = key;
        node->Links[place] = link;
        node->Count++;
    }

    private static void RemoveAt(Node* node, int place)
    {
        node->Count--;
        int behind = node->Count - place;
        new Span<long>(node->Keys + place + 1, behind).CopyTo(new Span<long>(node->Keys + place, behind));
        new Span<uint>(node->Links + place + 1, behind).CopyTo(new Span<uint>(node->Links + place, behind));
    }

    /// <summary>Last place whose key is at most <paramref name="key"/>; −1 = every key is greater.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int PlaceOf(Node* node, long key)
    {
        int at = LowerBound(node, key);
        return at < node->Count && node->Keys[at] == key ? at : at - 1;
    }

    /// <summary>First place whose key is at least <paramref name="key"/>; Count when there is none.</summary>
    /// <remarks>
    /// All keys are compared at once and the lesser ones counted: a binary search guesses wrong every other step. What
    /// stands behind the last key takes part and is masked away; the links behind the keys are within the node.
    /// </remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int LowerBound(Node* node, long key)
    {
        Vector512<long> wanted = Vector512.Create(key);
        long* keys = node->Keys;
        uint less = (uint)Vector512.LessThan(Vector512.Load(keys), wanted).ExtractMostSignificantBits()
            | ((uint)Vector512.LessThan(Vector512.Load(keys + 8), wanted).ExtractMostSignificantBits() << 8)
            | ((uint)Vector512.LessThan(Vector512.Load(keys + 16), wanted).ExtractMostSignificantBits() << 16)
            | ((uint)Vector512.LessThan(Vector512.Load(keys + 24), wanted).ExtractMostSignificantBits() << 24);
        return BitOperations.PopCount(less & ((1u << node->Count) - 1));
    }

    private uint Take()
    {
        uint index = _free;
        if (index != 0)
        {
            _free = _nodes[index].NextFree;
        }
        else
        {
            index = _fresh++;
            Invariant.Require(index < _pool.Length);
        }

        _taken++;
        _nodes[index].Count = 0;
        return index;
    }

    private void Give(uint index)
    {
        _nodes[index].NextFree = _free;
        _free = index;
        _taken--;
    }
}
