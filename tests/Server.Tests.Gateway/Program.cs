using System;
using System.Globalization;
using HftEngine.Server.Tests.Gateway;

// A gateway of the kill tests: sends orders to a venue in another process, waits for every acknowledgement, writes each
// down durably, and finds its way back after each death of the venue.
//   DATA NAME SESSION ACCOUNT ACKS     until a line comes on standard input; then waits for the last answers
if (args.Length != 5)
{
    Console.Error.WriteLine("DATA NAME SESSION ACCOUNT ACKS");
    return 2;
}

try
{
    using var client = new OrderClient(
        args[0],
        args[1],
        uint.Parse(args[2], CultureInfo.InvariantCulture),
        uint.Parse(args[3], CultureInfo.InvariantCulture),
        args[4]);
    client.Run(() => Console.In.Peek() >= 0);
    Console.WriteLine(client.Summary);
    return 0;
}
catch (BrokenPromiseException broken)
{
    Console.WriteLine($"BROKEN {broken.Message}");
    return 1;
}
