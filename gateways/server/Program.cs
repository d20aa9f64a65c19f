System.Console.WriteLine("hft");
